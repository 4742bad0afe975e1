# ruby: hashes, threads, fibers, children, deep recursion, the collector.
h = Hash.new(0)
200_000.times { |i| h[(i * 7919) % 101] += i }
puts h.values.sum
puts (1..20).each_slice(3).map(&:sum).inspect
threads = 4.times.map { |k| Thread.new { (0...50_000).sum { |i| i ^ k } } }
puts threads.sum(&:value)
f = Fiber.new { 3.times { |i| Fiber.yield i }; :done }
4.times { puts f.resume.inspect }
puts `echo from a child`
pid = fork { exit 3 }
Process.wait pid
puts $?.exitstatus
def deep(n) = deep(n + 1)
begin
  deep(0)
rescue SystemStackError
  puts "deep"
end
GC.start
puts [3, 1, 2].sort.inspect, 2**200, Math.sqrt(2).round(10), format("%08.3f", 3.14159)

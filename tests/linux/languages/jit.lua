-- lua5.4 and luajit: tables, strings, coroutines, closures, errors.
local t, s = {}, 0
for i = 1, 300000 do
    local k = (i * 7919) % 101
    t[k] = (t[k] or 0) + i
end
for k = 0, 100 do
    s = s + t[k]
end
print(string.format("%d", s))
local parts = {}
for w in ("the quick brown fox"):gmatch("%a+") do
    parts[#parts + 1] = w:upper():reverse()
end
print(table.concat(parts, ","))
local co = coroutine.wrap(function()
    for i = 1, 3 do
        coroutine.yield(i * 10)
    end
end)
print(co(), co(), co())
print(pcall(error, "message"))
local function fib(n)
    return n < 2 and n or fib(n - 1) + fib(n - 2)
end
print(fib(27))
local x = 0.5
for i = 1, 1000000 do
    x = 3.7 * x * (1 - x)
end
print(string.format("%.10f", x))

// java: compiled code that is thrown away again, a pool of threads, monitors, faults as exceptions, the collector.
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.stream.*;

public class Threads {
    interface Shape {
        double area();
    }

    record Square(double s) implements Shape {
        public double area() {
            return s * s;
        }
    }

    record Box(double r) implements Shape {
        public double area() {
            return r * r * 3;
        }
    }

    static int fib(int n) {
        return n < 2 ? n : fib(n - 1) + fib(n - 2);
    }

    static void pool() throws Exception {
        ExecutorService p = Executors.newFixedThreadPool(4);
        AtomicLong sum = new AtomicLong();
        ConcurrentHashMap<Integer, Integer> m = new ConcurrentHashMap<>();
        List<Future<Long>> results = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            final int id = t;
            results.add(p.submit(() -> {
                long s = 0;
                for (int i = 0; i < 50000; i++) {
                    sum.incrementAndGet();
                    m.merge(i % 97, 1, Integer::sum);
                    s += i ^ id;
                }
                return s;
            }));
        }
        long x = 0;
        for (Future<Long> f : results) {
            x += f.get();
        }
        p.shutdown();
        System.out.println("pool " + x + " " + sum + " " + m.values().stream().mapToInt(i -> i).sum());
    }

    static void turns() throws Exception {
        Object lock = new Object();
        int[] turn = {0};
        Thread[] ts = new Thread[3];
        for (int k = 0; k < 3; k++) {
            final int me = k;
            ts[k] = new Thread(() -> {
                for (int i = 0; i < 300; i++) {
                    synchronized (lock) {
                        while (turn[0] % 3 != me) {
                            try {
                                lock.wait();
                            } catch (InterruptedException e) {
                            }
                        }
                        turn[0]++;
                        lock.notifyAll();
                    }
                }
            });
            ts[k].start();
        }
        for (Thread t : ts) {
            t.join();
        }
        System.out.println("turns " + turn[0]);
    }

    static void exceptions() {
        Object o = null;
        int[] arr = new int[10];
        int npe = 0, oob = 0, div = 0;
        for (int i = 0; i < 30000; i++) {
            try {
                o.hashCode();
            } catch (NullPointerException e) {
                npe++;
            }
            try {
                arr[i % 20]++;
            } catch (ArrayIndexOutOfBoundsException e) {
                oob++;
            }
            try {
                div += 100 / (i % 2);
            } catch (ArithmeticException e) {
                div++;
            }
        }
        System.out.println("exceptions " + npe + " " + oob + " " + div);
    }

    static int depth;

    static void recurse() {
        depth++;
        recurse();
    }

    public static void main(String[] args) throws Exception {
        System.out.println("fib " + fib(28));
        pool();
        System.out.println(IntStream.range(0, 100000).parallel().filter(i -> i % 7 == 3).mapToLong(i -> (long) i * i).sum());
        double area = 0;
        for (int i = 0; i < 1000000; i++) {
            Shape s = (i & 3) == 0 ? new Square(i) : new Box(i);
            area += s.area();
        }
        System.out.println("area " + Long.toHexString(Double.doubleToLongBits(area))); // as text it differs between versions
        exceptions();
        try {
            recurse();
        } catch (StackOverflowError e) {
            System.out.println("overflow " + (depth > 1000));
        }
        byte[][] keep = new byte[100][];
        for (int i = 0; i < 2000; i++) {
            keep[i % 100] = new byte[100000];
        }
        System.gc();
        turns();
        System.out.println(String.format("%.4f", Math.sqrt(2) * Math.pow(1.5, 7)));
    }
}

// Java program of real.sh: hash maps, strings, sorting, matrices; compiled once, natively.
import java.util.*;

class Kernels {
    static int x = 1;

    static int next() {
        return x = (x * 1103515245 + 12345) & 0x7fffffff;
    }

    static int words(int n) {
        Map<String, Integer> count = new HashMap<>();
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < n; i++) {
            String w = "w" + Integer.toHexString(next() >> 12);
            count.merge(w, 1, Integer::sum);
            all.append(w.charAt(w.length() - 1));
        }
        List<String> keys = new ArrayList<>(count.keySet());
        keys.sort(Comparator.comparing((String k) -> -count.get(k)).thenComparing(k -> k));
        return keys.get(0).hashCode() ^ all.toString().hashCode();
    }

    static long sieve(int n) {
        boolean[] composite = new boolean[n];
        long sum = 0;
        for (int i = 2; i < n; i++) {
            if (!composite[i]) {
                sum += i;
                for (long j = (long) i * i; j < n; j += i) {
                    composite[(int) j] = true;
                }
            }
        }
        return sum;
    }

    static String matrix(int n) {
        double[][] a = new double[n][n], c = new double[n][n];
        for (double[] row : a) {
            for (int j = 0; j < n; j++) {
                row[j] = (next() >> 8) % 100 / 8.0;
            }
        }
        double trace = 0;
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < n; k++) {
                for (int j = 0; j < n; j++) {
                    c[i][j] += a[i][k] * a[k][j];
                }
            }
            trace += c[i][i];
        }
        return String.format("%.2f", trace);
    }

    public static void main(String[] args) {
        System.out.println(words(150000) + " " + sieve(3000000) + " " + matrix(250));
    }
}

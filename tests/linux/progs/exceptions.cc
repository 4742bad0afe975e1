// C++: exceptions across frames, destructors, rethrow, threads, virtual calls, iostreams,
// containers, coroutines of lambdas.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static int alive, most;
struct guard {
    int id;
    explicit guard(int i) : id(i)
    {
        most = std::max(most, ++alive);
    }
    ~guard()
    {
        --alive;
    }
};

struct odd : std::runtime_error {
    int depth;
    odd(int d) : std::runtime_error("odd at " + std::to_string(d)), depth(d)
    {
    }
};

__attribute__((noinline)) static int sink(int n)
{
    guard g(n);
    if (n == 0) {
        throw odd(alive);
    }
    int r = sink(n - 1) + 1;
    return r + g.id;
}

__attribute__((noinline)) static void rethrows(int n)
{
    try {
        sink(n);
    } catch (const std::logic_error &) {
        std::puts("wrong handler");
    } catch (...) {
        throw;
    }
}

struct shape {
    virtual double area() const = 0;
    virtual ~shape() = default;
};
struct square : shape {
    double a;
    explicit square(double x) : a(x)
    {
    }
    double area() const override
    {
        return a * a;
    }
};
struct circle : shape {
    double r;
    explicit circle(double x) : r(x)
    {
    }
    double area() const override
    {
        return 3.0 * r * r;
    }
};

int main()
{
    long sum = 0;
    for (int i = 0; i < 1000; i++) {
        try {
            rethrows(i % 40);
        } catch (const odd &e) {
            sum += e.depth;
        }
    }
    std::printf("caught %ld alive %d most %d\n", sum, alive, most);
    try {
        std::vector<int>(3).at(7);
    } catch (const std::exception &e) {
        std::printf("%s\n", e.what());
    }
    try {
        std::string().substr(5);
    } catch (const std::out_of_range &e) {
        std::printf("out of range\n");
    }
    try {
        try {
            throw 5;
        } catch (int v) {
            std::throw_with_nested(std::runtime_error("outer " + std::to_string(v)));
        }
    } catch (const std::exception &e) {
        std::printf("%s\n", e.what());
        try {
            std::rethrow_if_nested(e);
        } catch (int v) {
            std::printf("inner %d\n", v);
        }
    }
    auto f = std::async(std::launch::async, []() -> int { throw odd(99); });
    try {
        f.get();
    } catch (const odd &e) {
        std::printf("from thread: %s\n", e.what());
    }
    std::vector<std::unique_ptr<shape>> shapes;
    for (int i = 0; i < 1000; i++) {
        shapes.push_back(i % 3 ? std::unique_ptr<shape>(new square(i))
                               : std::unique_ptr<shape>(new circle(i)));
    }
    double area = 0;
    for (auto &s : shapes) {
        area += s->area() * (dynamic_cast<circle *>(s.get()) ? 2 : 1);
    }
    std::printf("area %.1f\n", area);
    std::map<std::string, int> words;
    std::istringstream in("the cat and the dog and the bird 12 3.5");
    for (std::string w; in >> w;) {
        words[w]++;
    }
    for (auto &[w, n] : words) {
        std::cout << w << '=' << n << ' ';
    }
    std::cout << std::endl;
    std::cout << std::regex_replace(std::string("a1b22c333"), std::regex("[0-9]+"), "<$&>") << '\n';
    std::mutex m;
    long total = 0;
    std::vector<std::thread> pool;
    for (int t = 0; t < 4; t++) {
        pool.emplace_back([&, t] {
            for (int i = 0; i < 1000; i++) {
                try {
                    if (i % 3 == 0) {
                        throw i;
                    }
                } catch (int v) {
                    std::lock_guard<std::mutex> l(m);
                    total += v * (t + 1);
                }
            }
        });
    }
    for (auto &t : pool) {
        t.join();
    }
    std::printf("total %ld\n", total);
    std::function<int(int)> fib = [&](int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); };
    std::printf("fib %d\n", fib(20));
    std::vector<std::string> v;
    for (int i = 0; i < 500; i++) {
        v.push_back(std::to_string(i * 7919 % 1009));
    }
    std::sort(v.begin(), v.end());
    std::printf("%s %s %s\n", v[0].c_str(), v[250].c_str(), v[499].c_str());
    std::fflush(stdout);
    return 0;
}

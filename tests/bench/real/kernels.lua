-- Lua program of real.sh: calls, tables, strings and floating point.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end

local function sieve(n)
    local composite, count = {}, 0
    for i = 2, n do
        if not composite[i] then
            count = count + 1
            for j = i * i, n, i do composite[j] = true end
        end
    end
    return count
end

local function strings(n)
    local parts, x = {}, 1
    for i = 1, n do
        x = (x * 1103515245 + 12345) & 0x7fffffff
        parts[i] = string.format("%d:%x", i, x)
    end
    local text, hits = table.concat(parts, ","), 0
    for _ in text:gmatch("%d+:[0-9a-f]*ff") do hits = hits + 1 end
    table.sort(parts)
    return hits, parts[n // 2], #text:gsub("%d", "%0%0")
end

local function matrix(n)
    local a, sum = {}, 0.0
    for i = 1, n do
        a[i] = {}
        for j = 1, n do a[i][j] = (i * j % 7) / 4 end
    end
    for i = 1, n do
        for j = 1, n do
            local s = 0.0
            for k = 1, n do s = s + a[i][k] * a[k][j] end
            sum = sum + s
        end
    end
    return sum
end

print(fib(25), sieve(300000), strings(20000))
print(string.format("%.3f", matrix(90)))

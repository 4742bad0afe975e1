# Draws the ratios of a CSV file of bench.sh or real.sh (program,class,native,A,B) as an SVG bar chart on a logarithmic scale.
# Variables: title; a and b, names of the emulators.
BEGIN {
    FS = ","
    a = a ? a : "ferry"
    b = b ? b : "qemu-user"
    left = 170
    wide = 620
    row = 22
    top = 64
}
$3 > 0 && $4 > 0 {
    n++
    program[n] = $1
    class[n] = $2
    ra[n] = $4 / $3
    rb[n] = $5 / $3
    most = ra[n] > most ? ra[n] : most
    most = rb[n] > most ? rb[n] : most
    if ($2 != "start" && $2 != "once") {
        count++
        sum_a += log(ra[n])
        sum_b += rb[n] ? log(rb[n]) : 0
    }
}
# 0.5 is at the left end, so that faster than native shows as well.
function place(ratio) {
    ratio = ratio < 0.5 ? 0.5 : ratio
    return wide * log(ratio / 0.5) / log(most * 1.15 / 0.5)
}
function bar(y, ratio, color) {
    printf "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"8\" fill=\"%s\"/>", left, y, place(ratio), color
    printf "<text x=\"%.1f\" y=\"%.1f\" font-size=\"9\">%.1f</text>\n", left + place(ratio) + 3, y + 7.5, ratio
}
function pair(y, name, x, z, weight) {
    printf "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" font-weight=\"%s\">%s</text>\n", left - 8, y + 12, weight, name
    bar(y, x, "#1a6fb5")
    if (z) {
        bar(y + 9, z, "#c9c9c9")
    }
}
END {
    if (!n) {
        exit 1
    }
    high = top + row * (n + 1) + 30
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">\n", left + wide + 50, high
    printf "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n<text x=\"%d\" y=\"20\" font-size=\"14\">%s</text>\n", left, title
    printf "<rect x=\"%d\" y=\"29\" width=\"10\" height=\"10\" fill=\"#1a6fb5\"/><text x=\"%d\" y=\"38\">%s</text>\n", left, left + 14, a
    printf "<rect x=\"%d\" y=\"29\" width=\"10\" height=\"10\" fill=\"#c9c9c9\"/><text x=\"%d\" y=\"38\">%s</text>\n", left + 90, left + 104, b
    for (mark = 0.5; mark <= most * 1.15; mark *= 2) {
        x = left + place(mark)
        printf "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"%s\"/>", x, top - 8, x, high - 20, mark == 1 ? "#000" : "#ddd"
        printf "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" font-size=\"9\">%g</text>\n", x, top - 10, mark
    }
    for (i = 1; i <= n; i++) {
        pair(top + row * (i - 1), program[i], ra[i], rb[i], "normal")
    }
    pair(top + row * n + 6, "geometric mean", exp(sum_a / count), sum_b ? exp(sum_b / count) : 0, "bold")
    print "</svg>"
}

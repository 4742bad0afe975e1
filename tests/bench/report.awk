# Table and geometric means of bench.sh. First file: "program class"; second: "program who cpu_ms wall_ms", a line a run.
FNR == NR {
    class[$1] = $2
    order[++n] = $1
    next
}
{
    k = $1 SUBSEP $2
    if (!(k in min) || $3 < min[k]) {
        min[k] = $3
        wall[k] = $4
    }
    if ($3 > max[k]) {
        max[k] = $3
    }
}
function spread(k) {
    return min[k] > 0 ? sprintf("%3d%%", 100 * (max[k] - min[k]) / min[k]) : "  -"
}
function note(kind, class_name, ratio) {
    logs[kind, class_name] += log(ratio)
    count[kind, class_name]++
}
function mean(kind, class_name) {
    return count[kind, class_name] ? sprintf("%7.2f", exp(logs[kind, class_name] / count[kind, class_name])) : "      -"
}
END {
    two = emus > 1
    printf "%-10s %-8s %9s %5s  %9s %5s", "program", "class", "native", "", "A", ""
    if (two) {
        printf "  %9s %5s", "B", ""
    }
    printf "  %7s", "A/nat"
    if (two) {
        printf " %7s %7s", "B/nat", "B/A"
    }
    print ""
    for (i = 1; i <= n; i++) {
        p = order[i]
        a = p SUBSEP "A"
        b = p SUBSEP "B"
        nat = p SUBSEP "native"
        if (!(a in min) || !(nat in min) || (two && !(b in min))) {
            continue
        }
        printf "%-10s %-8s %9.1f %5s  %9.1f %5s", p, class[p], min[nat], spread(nat), min[a], spread(a)
        if (two) {
            printf "  %9.1f %5s", min[b], spread(b)
        }
        ra = min[a] / min[nat]
        printf "  %7.2f", ra
        note("A", class[p], ra)
        note("A", "all", ra)
        if (two) {
            rb = min[b] / min[nat]
            printf " %7.2f %7.2f", rb, rb / ra
            note("B", class[p], rb)
            note("B", "all", rb)
            note("BA", class[p], rb / ra)
            note("BA", "all", rb / ra)
        }
        printf "   [%.0f %.0f%s]\n", wall[nat], wall[a], two ? sprintf(" %.0f", wall[b]) : ""
        if (csv != "") {
            printf "%s,%s,%.3f,%.3f,%.3f\n", p, class[p], min[nat], min[a], two ? min[b] : 0 > csv
        }
    }
    print "geometric means"
    m = split("integer call fp vector system all", names, " ")
    for (i = 1; i <= m; i++) {
        if (!count["A", names[i]]) {
            continue
        }
        printf "  %-8s A/native %s", names[i], mean("A", names[i])
        if (two) {
            printf "  B/native %s  B/A %s", mean("B", names[i]), mean("BA", names[i])
        }
        printf "   (%d programs)\n", count["A", names[i]]
    }
}

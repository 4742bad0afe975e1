// go: goroutines, a mutex, channels, asynchronous preemption of loops without calls, a fault recovered from.
package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"
)

func work(n int) int {
	s := 0
	for i := 0; i < n; i++ {
		s = s*31 + i
	}
	return s
}

func many() {
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	ch := make(chan int, 10)
	for i := 0; i < 100; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			v := work(20000 + i)
			mu.Lock()
			total += v & 0xff
			mu.Unlock()
			ch <- i
		}(i)
	}
	go func() { wg.Wait(); close(ch) }()
	var got []int
	for v := range ch {
		got = append(got, v)
	}
	sort.Ints(got)
	fmt.Println(total, len(got), got[0], got[99])
}

func preempted() {
	done := make(chan bool)
	for i := 0; i < 4; i++ {
		go func() {
			for x := 0; ; x++ {
			}
		}()
	}
	go func() {
		for i := 0; i < 10; i++ {
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
		done <- true
	}()
	<-done
	fmt.Println("preempted")
}

func recovers() {
	defer func() { fmt.Println("recovered:", recover()) }()
	var p *int
	*p = 1
}

func main() {
	many()
	out, err := exec.Command("/bin/echo", "a", "child").Output()
	fmt.Println(strings.TrimSpace(string(out)), err)
	recovers()
	preempted()
}

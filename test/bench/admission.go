package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// admissions sends every review to both servers, in turns, one at a time and eight at a time.
func admissions(out io.Writer, binary string, bodies [][]byte, rounds int) error {
	fmt.Fprintf(out, "admission of %d distinct pods as Spark makes them, most with 60 variables, %d times, TLS, HTTP/1.1\n", len(bodies), rounds)
	fmt.Fprintf(out, "%-10s %3s %10s %10s %10s %14s\n", "", "at", "median", "p95", "p99", "CPU a review")
	ratio := map[string]float64{}
	for _, at := range []int{1, 8} {
		both, stop, err := servers(binary)
		if err != nil {
			return err
		}
		defer stop()
		var times [2][]time.Duration
		for round := range rounds + 1 {
			for i, s := range both {
				took, err := flood(s.client(at), s.url, bodies, at)
				if err != nil {
					return fmt.Errorf("%s: %w", s.name, err)
				}
				if round > 0 { // the first round warms up
					times[i] = append(times[i], took...)
				}
			}
		}
		var figures [2][3]float64 // median, p99, CPU
		for i, s := range both {
			worked, err := s.stop()
			if err != nil {
				return err
			}
			worked /= time.Duration(len(bodies) * (rounds + 1))
			slices.Sort(times[i])
			q := func(q float64) time.Duration {
				return times[i][int(q*float64(len(times[i])-1))].Round(100 * time.Nanosecond)
			}
			fmt.Fprintf(out, "%-10s %3d %10s %10s %10s %14s\n", s.name, at, q(.5), q(.95), q(.99), worked.Round(100*time.Nanosecond))
			figures[i] = [3]float64{float64(q(.5)), float64(q(.99)), float64(worked)}
		}
		for i, what := range [3]string{"median", "p99", "CPU"} {
			ratio[fmt.Sprint(what, at)] = figures[1][i] / figures[0][i]
		}
	}
	target(out, "median, one at a time, by the floor's", ratio["median1"], 1.5)
	target(out, "median, eight at a time, by the floor's", ratio["median8"], 2)
	target(out, "p99, one at a time, by the floor's", ratio["p991"], 2.5)
	target(out, "p99, eight at a time, by the floor's", ratio["p998"], 2.5)
	target(out, "CPU a review, one at a time, by the floor's", ratio["CPU1"], 2.5)
	target(out, "CPU a review, eight at a time, by the floor's", ratio["CPU8"], 2.5)
	return nil
}

// flood sends the bodies, so many at a time.
func flood(client *http.Client, url string, bodies [][]byte, at int) ([]time.Duration, error) {
	defer client.CloseIdleConnections()
	times := make([]time.Duration, len(bodies))
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	for range at {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(bodies)); i = next.Add(1) - 1 {
				took, err := send(client, url, bodies[i])
				if err != nil {
					failed.Store(&err)
					return
				}
				times[i] = took
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return nil, *err
	}
	return times, nil
}

func send(client *http.Client, url string, body []byte) (time.Duration, error) {
	start := time.Now()
	resp, err := client.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return time.Since(start), err
}

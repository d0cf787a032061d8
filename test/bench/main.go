// Command bench measures one admission against its floor: a server on the same machine, in a process of its own, that speaks the
// same HTTP, decodes the review with encoding/json and allows. Then what both add to a creation through a real API server,
// what each rule allocates, the start of kubectl spark version against that of the real kubectl version --client, and doctor -A on
// a real API server full of applications against the bare list of what it reads.
// It prints tables.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	pods := flag.Int("pods", 2000, "distinct pods")
	rounds := flag.Int("rounds", 5, "times that each pod is sent to each server")
	bin := flag.String("bin", "bin", "folder of the built kubectl-spark and spark-webhook")
	floor := flag.Bool("floor", false, "be the floor, and nothing else")
	listed := flag.String("list", "", "kubeconfig: list what doctor reads, and nothing else")
	decoded := flag.String("decode", "", "file: decode its list of pods, and nothing else")
	only := flag.String("only", "", "admission or doctor; without it both")
	applications := flag.Int("applications", 500, "applications of the cluster that doctor looks at")
	looked := flag.Int("looked", 10000, "pods of that cluster")
	flag.Parse()
	err := func() error {
		if *floor {
			return serveFloor()
		}
		if *listed != "" {
			return list(*listed)
		}
		if *decoded != "" {
			return decode(*decoded)
		}
		if *only != "doctor" {
			if err := run(os.Stdout, *bin, *pods, *rounds); err != nil {
				return err
			}
		}
		if *only == "admission" {
			return nil
		}
		return doctor(os.Stdout, filepath.Join(*bin, "kubectl-spark"), *applications, *looked)
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

func run(out io.Writer, bin string, pods, rounds int) error {
	bodies, err := reviews(pods)
	if err != nil {
		return err
	}
	if err := admissions(out, filepath.Join(bin, "spark-webhook"), bodies, rounds); err != nil {
		return err
	}
	if err := creations(out, filepath.Join(bin, "spark-webhook"), bodies); err != nil {
		return err
	}
	return start(out, filepath.Join(bin, "kubectl-spark"))
}

// target is a line of a table: what was reached, and what is wanted at the most.
func target(out io.Writer, what string, reached, most float64) {
	verdict := "met"
	if reached > most {
		verdict = "missed"
	}
	fmt.Fprintf(out, "%-52s %5.2f (target: at most %.1f, %s)\n", what, reached, most, verdict)
}

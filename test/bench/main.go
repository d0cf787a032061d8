// Command bench measures one admission against its floor: a server on the same machine, in a process of its own, that speaks the
// same HTTP, decodes the review with encoding/json and allows. Then what both add to a creation through a real API server,
// the start of kubectl spark version against that of the real kubectl version --client, and doctor -A on
// a real API server full of applications against the bare list of what it reads, doctor of a file of killed drivers against its decoding,
// fix of a dense file against its parsing, explain image of 3 GiB against decompressing its layers, and tune --event-log against
// counting the lines of the log and against decompressing it.
// It prints tables, and ends with exit code 2 where a line of doctor, fix, explain image or tune is over its budget.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/test/floor"
)

func main() {
	pods := flag.Int("pods", 2000, "distinct pods")
	rounds := flag.Int("rounds", 5, "times that each pod is sent to each server")
	bin := flag.String("bin", "bin", "folder of the built kubectl-spark and spark-webhook")
	asFloor := flag.Bool("floor", false, "be the floor, and nothing else")
	listed := flag.String("list", "", "kubeconfig: list what doctor reads, and nothing else")
	dumped := flag.String("dump", "", "file: with -list, write the pods there as kubectl prints them, and nothing else")
	decoded := flag.String("decode", "", "file: decode its list of pods, and nothing else")
	parsed := flag.String("parse", "", "file: parse its documents, and nothing else")
	counted := flag.String("count", "", "file: read it and count its lines, and nothing else")
	decompressed := flag.String("decompress", "", "file in zstd: decompress it, and nothing else")
	written := flag.String("write-logs", "", "folder: write the event logs there, and nothing else")
	killed := flag.Int("killed", 2000, "killed drivers of the file that doctor reads")
	writtenKilled := flag.String("write-killed", "", "file: write the killed drivers there, and nothing else")
	logged := flag.Int("log", 1024, "MiB of the event log")
	gib := flag.Int("generate", 0, "GiB: measure the memory that a generated event log of this size takes, and nothing else")
	imaged := flag.Int("image", 3072, "MiB of the image that is explained, unpacked")
	writtenImage := flag.String("write-image", "", "folder: write the image there, and nothing else")
	readOne := flag.String("read-image", "", "folder: decompress the layers of its image, and nothing else")
	only := flag.String("only", "", "admission, doctor, unwell, fix, image or eventlog; without it all")
	applications := flag.Int("applications", 500, "applications of the cluster that doctor looks at")
	looked := flag.Int("looked", 10000, "pods of that cluster")
	flag.Parse()
	err := func() error {
		if *asFloor {
			return floor.Serve(os.Stderr)
		}
		if *dumped != "" {
			return dump(*listed, *dumped)
		}
		if *listed != "" {
			return list(*listed)
		}
		if *decoded != "" {
			return decode(*decoded)
		}
		if *parsed != "" {
			return parse(*parsed)
		}
		if *written != "" {
			return writeLogs(*written, *logged)
		}
		if *writtenKilled != "" {
			return writeKilled(*writtenKilled, *killed)
		}
		if *writtenImage != "" {
			return writeImage(*writtenImage, *imaged)
		}
		if *readOne != "" {
			return readImage(*readOne)
		}
		if *counted != "" {
			return countLines(*counted)
		}
		if *decompressed != "" {
			return decompress(*decompressed)
		}
		if *gib > 0 {
			out := &tables{Writer: os.Stdout}
			if err := generated(out, filepath.Join(*bin, "kubectl-spark"), *gib); err != nil {
				return err
			}
			return out.end()
		}
		if *only == "" || *only == "admission" {
			if err := run(os.Stdout, *bin, *pods, *rounds); err != nil {
				return err
			}
		}
		binary, out := filepath.Join(*bin, "kubectl-spark"), &tables{Writer: os.Stdout}
		if *only == "" || *only == "fix" {
			if err := fix(out, binary); err != nil {
				return err
			}
		}
		if *only == "" || *only == "eventlog" {
			if err := eventLog(out, binary, *logged); err != nil {
				return err
			}
		}
		if *only == "" || *only == "image" {
			if err := explained(out, binary, *imaged); err != nil {
				return err
			}
		}
		if *only == "" || *only == "unwell" {
			if err := unwell(out, binary, *killed); err != nil {
				return err
			}
		}
		if *only == "" || *only == "doctor" {
			if err := doctor(out, binary, *applications, *looked); err != nil {
				return err
			}
		}
		return out.end()
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

func run(out io.Writer, bin string, pods, rounds int) error {
	bodies, err := fixtures.Reviews(pods)
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

// tables are where tables are written to, and which of their lines are over their budget.
type tables struct {
	io.Writer
	over []string
}

// budget is a line of a table with a goal, and with a bound that fails the run: later work may not exceed what was reached.
func budget(out io.Writer, what string, reached, goal, most float64) {
	target(out, what, reached, goal)
	if t, ok := out.(*tables); ok && reached > most {
		t.over = append(t.over, fmt.Sprintf("%s: %.2f, the budget is %.1f", what, reached, most))
	}
}

// end is the error of a run with lines that are over their budget.
func (t *tables) end() error {
	if len(t.over) == 0 {
		return nil
	}
	return fmt.Errorf("over budget: %s", strings.Join(t.over, "; "))
}

// Command catalogue writes what Spark's configuration keys are called, and were called, in every supported line:
// the file spark/keys/keys.txt, which the rules read.
//
//	go run ./test/catalogue
//
// It reads real distributions, one of each line, which it downloads on first use (3 GB), and asks each in a JVM of its
// own; Java 17 must be there as java. A new patch release is named in the table below.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/test/distribution"
)

// releases are the distributions that speak for their lines, in order.
var releases = []string{"3.3.4", "3.4.4", "3.5.9", "4.0.5", "4.1.4", "4.2.1", "4.3.0"}

func main() {
	out := flag.String("o", filepath.Join("spark", "keys", "keys.txt"), "the file to write")
	flag.Parse()
	if err := write(context.Background(), *out); err != nil {
		fmt.Fprintln(os.Stderr, "catalogue:", err)
		os.Exit(1)
	}
}

func write(ctx context.Context, out string) error {
	c := newCatalogue(len(releases))
	for i, release := range releases {
		home, err := distribution.Get(ctx, release, os.Stderr)
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, "reading Spark", release)
		facts, err := ask(ctx, filepath.Join(home, "deps", "jars"))
		if err != nil {
			return fmt.Errorf("spark %s: %w", release, err)
		}
		if err := c.add(i, facts); err != nil {
			return fmt.Errorf("spark %s: %w", release, err)
		}
		words, err := scripts(filepath.Join(home, "pyspark"), filepath.Join(home, "deps", "bin"), filepath.Join(home, "deps", "sbin"))
		if err != nil {
			return fmt.Errorf("spark %s: %w", release, err)
		}
		for _, word := range words {
			c.state(i, word, text)
		}
	}
	return os.WriteFile(out, c.format(releases), 0o644)
}

// brief are options of a JVM that ends after seconds: without its second compiler it takes half of the processor time.
var brief = []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"}

// ask runs Keys.java on a distribution's jars.
func ask(ctx context.Context, jars string, options ...string) (string, error) {
	own, err := filepath.Glob(filepath.Join(jars, "spark-*.jar"))
	if err != nil || len(own) == 0 {
		return "", fmt.Errorf("no jars of Spark in %s: %w", jars, err)
	}
	var complaints strings.Builder
	java := exec.CommandContext(ctx, "java", slices.Concat(brief, options, []string{"-cp", filepath.Join(jars, "*"), filepath.Join("test", "catalogue", "Keys.java")}, own)...)
	java.Stderr = &complaints
	facts, err := java.Output()
	if err != nil {
		return "", fmt.Errorf("java: %w\n%s", err, complaints.String())
	}
	return string(facts), nil
}

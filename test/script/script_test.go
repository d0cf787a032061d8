// Package script runs the plugin's commands as users do. The kubeconfig of the scripts names a server that refuses:
// a connection to it fails the test, for input from files opens none.
package script

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
)

// tests have a garbage collector that comes as seldom as usual, or as make test asks for. They hold what every command says of every
// input, and fix makes it look through all of that three times as often.
type tests struct{ *testing.M }

func (t tests) Run() int {
	if os.Getenv("GOGC") == "" {
		os.Setenv("GOGC", "100") // fix leaves alone what is set
	}
	return t.M.Run()
}

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"kubectl-spark": func() {
		streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
		os.Exit(plugin.Execute(context.Background(), plugin.New(streams, rulebook.New, "v0.0.0-test")))
	}})
}

func TestScripts(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var connections atomic.Int64
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			c.Close()
		}
	}()
	t.Cleanup(func() { listener.Close() })
	t.Run("scripts", func(t *testing.T) {
		testscript.Run(t, testscript.Params{
			Dir:                 ".",
			RequireExplicitExec: true,
			Setup: func(e *testscript.Env) error {
				path := filepath.Join(e.WorkDir, "kubeconfig")
				e.Setenv("KUBECONFIG", path)
				e.Setenv("NO_COLOR", "1")
				e.Setenv("COLUMNS", "100") // test/terminal has the other widths
				logs, err := filepath.Abs("../e2e/testdata/eventlogs")
				if err != nil {
					return err
				}
				e.Setenv("LOGS", logs) // of real Spark
				data, err := filepath.Abs("testdata")
				if err != nil {
					return err
				}
				e.Setenv("DATA", data)
				return os.WriteFile(path, []byte(fmt.Sprintf(kubeconfig, listener.Addr())), 0o600)
			},
			Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
				"exits": exits,
				"big":   big,
				"mark":  mark,
				"alter": alter,
				"blanks": func(ts *testscript.TestScript, neg bool, args []string) { // FILE MIB: documents without an object
					var n int
					if _, err := fmt.Sscan(args[1], &n); err != nil || neg {
						ts.Fatalf("usage: blanks FILE MIB")
					}
					ts.Check(os.WriteFile(ts.MkAbs(args[0]), bytes.Repeat([]byte("---\n# x\n"), n<<17), 0o600))
				},
			},
		})
	})
	if n := connections.Load(); n > 0 {
		t.Errorf("%d connections were opened, and no script may open one", n)
	}
}

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "http://%s"}}]
contexts: [{name: c, context: {cluster: c, user: u, namespace: team-a}}]
current-context: c
users: [{name: u, user: {}}]
`

// exits runs kubectl spark and checks the exit code: exits CODE ARGUMENT...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE ARGUMENT...")
	}
	got := 0
	if err := ts.Exec("kubectl-spark", args[1:]...); err != nil {
		coded, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = coded.ExitCode()
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
	if got == plugin.ExitFailed && !strings.Contains(ts.ReadFile("stderr"), "; the result covers the others") {
		if out := ts.ReadFile("stdout"); out != "" {
			ts.Fatalf("a command that failed wrote to standard output: %q", out)
		}
		if text := ts.ReadFile("stderr"); strings.Count(text, "error: ") != 1 || strings.Count(strings.TrimSpace(text), "\n") > 0 {
			ts.Fatalf("a command that failed must say so in one line, not %q", text)
		}
	}
}

// big writes a YAML document of as many MiB: big FILE MIB.
func big(ts *testscript.TestScript, neg bool, args []string) {
	var n int
	if _, err := fmt.Sscan(args[1], &n); err != nil || neg {
		ts.Fatalf("usage: big FILE MIB")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("apiVersion: v1\nkind: ConfigMap\ndata:\n  a: \""+strings.Repeat("x", n<<20)+"\"\n"), 0o600))
}

// mark puts a byte order mark in front of a file: mark FILE
func mark(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mark FILE")
	}
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	ts.Check(os.WriteFile(path, append([]byte("\ufeff"), text...), 0o600))
}

// alter writes a file with another text in place of one: alter FILE TO OLD NEW
func alter(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: alter FILE TO OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[2]) {
		ts.Fatalf("%s does not hold %q", args[0], args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.ReplaceAll(text, args[2], args[3])), 0o600))
}

package script

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// plantedCore is in every secret that the law plants into inputs.
const plantedCore = "P2v9QxWm"

// TestLawNoSecretIsShown: law 4. What is planted reaches neither report nor standard error, in any format, and no terminal.
// What is made from files for a pipe holds them, so that it can be applied; its standard error does not.
func TestLawNoSecretIsShown(t *testing.T) {
	formats := append(report.Formats(), printers.Samples()...)
	always := [][]string{{"doctor", "--all", "-o", "wide"}, {"doctor", "--all", "-o", "json"}, {"tune", "-o", "wide"}, {"tune", "-o", "json"}, {"tune", "-o", "yaml"}, {"explain", "memory"}, {"explain", "memory", "-o", "json"}, {"fix", "--all", "--check"}}
	applied := [][]string{{"tune", "-o", "diff", "--try"}, {"tune", "-o", "conf", "--try"}, {"inject"}, {"inject", "-o", "patch"}, {"inject", "-o", "json"}, {"uninject"}, {"uninject", "-o", "json"},
		{"fix", "--all", "-i"}}
	for _, format := range []string{"diff", "yaml", "conf", "patch", "kustomize"} {
		applied = append(applied, []string{"fix", "--all", "-o", format})
	}
	seed, held, turns := rand.Uint32(), 0, 0
	for kind, core := range map[string]func(int) string{"like words": fixtures.Worded(seed), "generated": fixtures.Mixed(seed)} {
		all := fixtures.Canaries(core)
		for name, text := range fixtures.CanaryFiles(all) {
			t.Run(kind+"/"+name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), name)
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				turns++
				for _, words := range append(slices.Clone(always), []string{"doctor", "--all", "-o", formats[turns%len(formats)]}) { // formats take turns, for each is the same report
					out, errs := lawRun(t, nil, words, path)
					noCanary(t, all, words, out, errs)
				}
				if name == "died.yaml" {
					return // what happened is no text of a file
				}
				out, errs := lawRun(t, nil, []string{"fix", "--all", "-o", "yaml"}, path)
				noCanary(t, all, []string{"the notes of fix"}, errs)
				held += strings.Count(out, all[0].Needle)
				for _, words := range applied {
					shown, errs := lawRun(t, openTerminal(t), words, path)
					noCanary(t, all, append(slices.Clone(words), "on a terminal"), shown, errs)
				}
			})
		}
	}
	if held == 0 {
		t.Error("what can be applied holds no secret")
	}
	t.Logf("the seed is %d", seed)
}

// TestNoSecretOfAURLIsShown: neither where a file is named nor in a command that a user may copy.
func TestNoSecretOfAURLIsShown(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, fixtures.SecretWorker) }))
	defer server.Close()
	name := strings.Replace(server.URL, "://", "://user:quokkazebra@", 1) + "/worker.yaml?sig=quokkazebra"
	all := []fixtures.Canary{{Name: "the URL", Value: name, Needle: "quokkazebra"}}
	for _, words := range [][]string{{"doctor", "--all"}, {"doctor", "--all", "-o", "json"}, {"doctor", "--all", "-o", "wide"}, {"fix", "--all"}, {"fix", "--all", "-o", "conf"}, {"tune", "--try"}, {"tune"}, {"explain", "memory"}} {
		out, errs := lawRun(t, openTerminal(t), words, name)
		noCanary(t, all, words, out, errs)
		if !strings.Contains(out+errs, "worker") {
			t.Errorf("%s: %s%s", words, out, errs)
		}
	}
	if _, errs := lawRun(t, nil, []string{"doctor"}, strings.Replace(name, "http:", "https:", 1)); strings.Contains(errs, "quokkazebra") || errs == "" {
		t.Errorf("what cannot be read: %s", errs)
	}
}

// noCanary looks for each canary in what was printed, cut by no end of a line.
func noCanary(t *testing.T, all []fixtures.Canary, words []string, texts ...string) {
	t.Helper()
	text := strings.Join(strings.Fields(strings.Join(texts, "\n")), "")
	for _, c := range all {
		if at := strings.Index(text, c.Needle); at >= 0 {
			t.Errorf("%s shows %s=%q: ...%s", strings.Join(words, " "), c.Name, c.Value, text[max(0, at-90):min(len(text), at+30)])
		}
	}
}

func lawHidden(t *testing.T, i int, name string, words []string, texts ...string) {
	t.Helper()
	text := strings.Join(strings.Fields(strings.Join(texts, "\n")), "") // cut by no end of a line
	if at := strings.Index(text, plantedCore); at >= 0 {
		t.Errorf("secret %d of %s, %s: ...%s", i, name, strings.Join(words, " "), text[max(0, at-90):min(len(text), at+30)])
	}
}

// terminal is a real one: what is written to its far end is read from the near one.
type terminal struct{ near, far *os.File }

func openTerminal(t *testing.T) *terminal {
	t.Helper()
	near, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	var unlock, number int32
	for request, value := range map[uintptr]*int32{syscall.TIOCSPTLCK: &unlock, syscall.TIOCGPTN: &number} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, near.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Fatal(errno)
		}
	}
	far, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &terminal{near, far}
}

// lawRun runs a command on a file, with a terminal for its output or without one.
func lawRun(t *testing.T, on *terminal, words []string, path string) (out, errs string) {
	t.Helper()
	var piped, note bytes.Buffer
	streams := genericiooptions.IOStreams{In: strings.NewReader(""), Out: &piped, ErrOut: &note}
	read := make(chan string, 1)
	if on != nil {
		streams.Out = on.far
		go func() {
			all, _ := io.ReadAll(on.near) // it ends with EIO once the far end is closed
			read <- string(all)
		}()
	}
	root := plugin.New(streams, sharedRules, "v0.0.0-test")
	root.SetArgs(append(append([]string(nil), words...), "-f", path))
	plugin.Execute(t.Context(), root)
	if on == nil {
		return piped.String(), note.String()
	}
	on.far.Close()
	out = <-read
	on.near.Close()
	return out, note.String()
}

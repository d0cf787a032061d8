//go:build unix

package terminal

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
)

// bashCompletion is what kubectl's script for bash needs: the package bash-completion.
const bashCompletion = "/usr/share/bash-completion/bash_completion"

// lacking ends a test that needs a program or a file which this machine has not. In CI that is a failure: .ci/run installs it.
func lacking(t *testing.T, what, remedy string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing: %s", what, remedy)
	}
	t.Skipf("%s is missing: %s", what, remedy)
}

// shell is an interactive shell in which kubectl's completion is set up as kubectl completion --help says.
type shell struct {
	*session
	lines int // that were discarded
}

// startShell starts bash or zsh in a folder with the plugin, the program that kubectl completes it by, and kubectl.
func startShell(t *testing.T, name, kubeconfig string) *shell {
	t.Helper()
	plugin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	bin, err := controlplane.Binaries(t.Context(), os.Stderr, controlplane.Kubectl)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if out, err := exec.Command(plugin, "completion", "install", "--dir", home).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for from, to := range map[string]string{plugin: "kubectl-spark", bin.Path(controlplane.Kubectl): "kubectl"} {
		if err := os.Symlink(from, filepath.Join(home, to)); err != nil {
			t.Fatal(err)
		}
	}
	setUp := map[string]string{
		"bash": "PS1='ready> '\n. " + bashCompletion + "\n. <(kubectl completion bash)\nbind 'set completion-query-items 0'\nbind 'set page-completions off'\nbind 'set show-all-if-ambiguous on'\nbind 'set enable-bracketed-paste off'\n",
		"zsh":  "PROMPT='ready> '\nautoload -Uz compinit\ncompinit -u\n. <(kubectl completion zsh)\nLISTMAX=100000\nunsetopt list_ambiguous\nunset zle_bracketed_paste\n",
	}[name]
	rc := filepath.Join(home, map[string]string{"bash": "rc", "zsh": ".zshrc"}[name])
	if err := os.WriteFile(rc, []byte(setUp), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "--noprofile", "--rcfile", rc, "-i")
	if name == "zsh" {
		cmd = exec.Command("zsh", "-i")
	}
	cmd.Dir = home
	s := startCommand(t, 160, []string{"PATH=" + home + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + home, "ZDOTDIR=" + home, "KUBECONFIG=" + kubeconfig}, cmd)
	s.await("ready> ")
	return &shell{session: s}
}

// press types a line that begins with kubectl spark, then TAB, and waits until the terminal shows all that is wanted. Then
// it discards the line.
func (s *shell) press(typed string, wanted ...string) {
	s.t.Helper()
	before := len(s.text())
	if _, err := s.near.WriteString("kubectl spark " + typed + "\t"); err != nil {
		s.t.Fatal(err)
	}
	shown := func() string {
		text := escapes.ReplaceAllString(s.text()[before:], "")
		return strings.Join(strings.Fields(text), " ")
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		missing := ""
		for _, want := range wanted {
			if !strings.Contains(shown(), want) {
				missing = want
			}
		}
		if missing == "" {
			break
		}
		if time.Now().After(end) {
			s.t.Errorf("kubectl spark %s<TAB>: no %q in %q", typed, missing, shown())
			break
		}
	}
	// The line is discarded by a key and not by Ctrl-C: a signal drops what was typed after it, and a shell that is at work on a
	// completion may not come back from it. A shell that is at work reads this when it has done.
	s.lines++
	if _, err := fmt.Fprintf(s.near, "\x15echo line $((%d - 1000)) is over\n", s.lines+1000); err != nil {
		s.t.Fatal(err)
	}
	s.await(fmt.Sprintf("line %d is over", s.lines))
}

// TestShellsCompleteThePluginThroughKubectl: TAB completes names of workloads, contexts, formats, codes and commands of the
// plugin, in the shells and with the scripts that people have.
func TestShellsCompleteThePluginThroughKubectl(t *testing.T) {
	for _, one := range []struct{ shell, needs, remedy string }{
		{"bash", bashCompletion, "apt-get install bash-completion"},
		{"zsh", "", "apt-get install zsh"},
	} {
		t.Run(one.shell, func(t *testing.T) {
			if _, err := exec.LookPath(one.shell); err != nil {
				lacking(t, one.shell, one.remedy)
			}
			if _, err := os.Stat(one.needs); one.needs != "" && err != nil {
				lacking(t, one.needs, one.remedy)
			}
			kubeconfig, ns, _ := sparkCluster(t)
			s := startShell(t, one.shell, kubeconfig)
			for _, c := range [][]string{
				{"doct", "doctor"},
				{"doctor ", "settle-ledger"},
				{"doctor --context ", "test"},
				{"doctor -n " + ns[:len(ns)-2], ns[len(ns)-6:]},
				{"doctor -o ", "json", "yaml", "name", "wide", "markdown", "custom-columns", "jsonpath-file", "go-template"},
				{"doctor -o jsonpath-a", "jsonpath-as-json"},
				{"doctor --only=", "SPK-P006", "SPK-S011", "SPK-I002"},
				{"doctor --skip SPK-P03", "SPK-P034", "SPK-P035"},
				{"doctor --level ", "error", "warning", "suggestion"},
				{"fix --area ", "performance", "monitoring", "security", "image"},
				{"explain SPK-", "SPK-P006", "SPK-S011", "SPK-M012"},
				{"tune --goal ", "keep", "packing"},
			} {
				s.press(c[0], c[1:]...)
			}
		})
	}
}

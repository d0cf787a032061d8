package plugin

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/plugin/help"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// shimName is the program that kubectl runs to complete what follows "kubectl spark".
const shimName = "kubectl_complete-spark"

// shim is that program: kubectl hands it the words behind "spark", and takes what cobra's own protocol answers.
const shim = "#!/usr/bin/env sh\nexec kubectl spark __complete \"$@\"\n"

// shimWindows is the same for the command interpreter of Windows.
const shimWindows = "@echo off\r\nkubectl spark __complete %*\r\n"

// addCompletion puts what kubectl needs beside cobra's scripts for shells.
func addCompletion(s *session.Session, root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			help.Only(cmd)
			cmd.Short = "Complete kubectl spark, by kubectl or by a shell"
			cmd.AddCommand(newCompletionInstall(s), newCompletionKubectl(s))
		}
	}
}

func newCompletionKubectl(s *session.Session) *cobra.Command {
	return &cobra.Command{
		Use:   "kubectl",
		Short: "Print the script that lets kubectl complete kubectl spark",
		Long:  "Prints the script " + shimName + ". Put it into a folder of your PATH and make it executable, or run completion install.",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(s.Out, shim)
			return err
		},
	}
}

func newCompletionInstall(s *session.Session) *cobra.Command {
	dir := ""
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Write " + shimName + " next to the plugin, so that kubectl can complete it",
		Long: `Writes the script ` + shimName + ` into the folder where kubectl finds the plugin: Krew's bin folder, or the folder of kubectl-spark.
kubectl's completion must be set up in your shell first: see kubectl completion --help.`,
		Example: `  kubectl spark completion install
  kubectl spark completion install --dir ~/.local/bin`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			where := dir
			if where == "" {
				var err error
				if where, err = pluginFolder(); err != nil {
					return err
				}
			}
			path, err := placeShim(where)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.Out, "%s\n", path)
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder to write to (default: the folder of the plugin)")
	return cmd
}

// pluginFolder is the folder in which kubectl found the plugin: of the name that it was run by, so that a link in Krew's
// folder of programs counts and not what it leads to.
func pluginFolder() (string, error) {
	name := os.Args[0]
	if filepath.Base(name) == name { // a shell found it on the PATH
		found, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("cannot find a folder of the PATH for %s: give one with --dir", name)
		}
		name = found
	}
	return filepath.Abs(filepath.Dir(name))
}

// placeShim writes the program. One that says the same already is left; anything else of that name is not overwritten.
func placeShim(dir string) (path string, err error) {
	path, text := filepath.Join(dir, shimName), shim
	if runtime.GOOS == "windows" {
		path, text = path+".cmd", shimWindows
	}
	switch old, err := os.ReadFile(path); {
	case err == nil && string(old) == text:
		return path, nil
	case err == nil:
		return "", fmt.Errorf("%s is there already and is another program: remove it, or choose another folder with --dir", path)
	case !errors.Is(err, fs.ErrNotExist):
		return "", scene.Unreadable(path, err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		return "", fmt.Errorf("cannot place %s: %w: choose a folder of the PATH that you may write with --dir", path, err)
	}
	return path, nil
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/plugin"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// inject puts settings through kubectl spark inject: what it gives back, with its pod templates in the work folder.
func inject(ctx context.Context, work string, conf map[string]string) (map[string]string, error) {
	settings := spark.Conf{}
	for key, value := range conf {
		settings[key] = spark.Setting{Value: value}
	}
	const file, templates = "spark-defaults.conf", "injected"
	if err := os.WriteFile(filepath.Join(work, file), spark.FormatProperties(settings), 0o644); err != nil {
		return nil, err
	}
	// The paths in the result are to be relative to the folder that spark-submit runs in.
	wd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if err := os.Chdir(work); err != nil {
		return nil, err
	}
	defer os.Chdir(wd)
	var out, notes bytes.Buffer
	root := plugin.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &notes}, rulebook.New, "capture")
	root.SetArgs([]string{"inject", "-f", file, "--pod-templates", templates})
	if code := plugin.Execute(ctx, root); code != 0 {
		return nil, fmt.Errorf("inject ended with %d: %s", code, notes.String())
	}
	injected, err := spark.ParseProperties(out.Bytes())
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for key, setting := range injected {
		all[key] = setting.Value
	}
	return all, nil
}

//go:build unix

package kustomization

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/tools/txtar"
)

const maxFile = 1 << 20

// written writes the files of an archive into a folder.
func written(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, f.Name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, f.Data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const app = "apiVersion: v1\nkind: Pod\nmetadata: {name: etl}\n"

// TestAnOverlayIsBuiltAsKubectlDoes: with its base in another folder, patches, generators and transformers.
func TestAnOverlayIsBuiltAsKubectlDoes(t *testing.T) {
	dir := written(t, `
-- base/kustomization.yaml --
resources: [app.yaml]
-- base/app.yaml --
`+app+`
-- overlays/prod/kustomization.yaml --
namePrefix: prod-
resources: [../../base]
patches: [{path: patch.yaml}]
configMapGenerator: [{name: conf, files: [a=a.properties], literals: ["url=https://example.invalid/x"]}]
transformers: [label.yaml, "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\nprefix: very-\nfieldSpecs: [{path: metadata/name}]\n"]
commonAnnotations: {home: "https://example.invalid"}
-- overlays/prod/patch.yaml --
apiVersion: v1
kind: Pod
metadata: {name: etl, annotations: {patched: "yes"}}
-- overlays/prod/a.properties --
spark.executor.memory=1g
-- overlays/prod/label.yaml --
apiVersion: builtin
kind: LabelTransformer
metadata: {name: l}
labels: {team: a}
fieldSpecs: [{path: metadata/labels, create: true}]
`)
	out, err := Build(t.Context(), filepath.Join(dir, "overlays/prod"), maxFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"name: very-prod-etl", "patched: \"yes\"", "team: a", "spark.executor.memory=1g", "home: https://example.invalid"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// TestAKustomizationOpensNoConnectionAndRunsNoProgram, in each field that names something and in each form: the server hears
// of nothing, and no git and helm of the PATH is started.
func TestAKustomizationOpensNoConnectionAndRunsNoProgram(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
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
	programs := t.TempDir()
	started := filepath.Join(programs, "started")
	for _, name := range []string{"git", "helm", "docker", "sh"} {
		if err := os.WriteFile(filepath.Join(programs, name), []byte("#!/bin/bash\necho $0 $@ >>"+started+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", programs)
	url := "http://" + listener.Addr().String() + "/x"
	cases := map[string]string{
		"resource":                "resources: [" + url + "]",
		"upper case":              "Resources: [" + strings.ToUpper(url[:4]) + url[4:] + "]",
		"repository":              "resources: [\"" + url + "//base?ref=v1\"]",
		"github":                  "resources: [github.com/org/repo]",
		"github, upper case":      "resources: [GitHub.com/org/repo/base]",
		"ssh":                     "resources: [\"git@" + listener.Addr().String() + "/org/repo\"]",
		"forced git":              "resources: [\"git::" + url + "\"]",
		"file":                    "resources: [\"file:///tmp/repo\"]",
		"component":               "components: [" + url + "]",
		"base":                    "bases: [" + url + "]",
		"alias":                   "x: &a [" + url + "]\nresources: *a",
		"merge":                   "<<: &a {resources: [" + url + "]}",
		"encoded":                 "resources: [!!binary aHR0cDovL2xvY2FsaG9zdC94]",
		"crds":                    "crds: [" + url + "]",
		"configurations":          "configurations: [" + url + "]",
		"openapi":                 "openapi: {path: " + url + "}",
		"patch":                   "resources: [app.yaml]\npatches: [{path: " + url + "}]",
		"merge patch":             "resources: [app.yaml]\npatchesStrategicMerge: [" + url + "]",
		"replacement":             "resources: [app.yaml]\nreplacements: [{path: " + url + "}]",
		"config map":              "configMapGenerator: [{name: a, files: [" + url + "]}]",
		"named file":              "configMapGenerator: [{name: a, files: [\"a=" + url + "\"]}]",
		"variables":               "configMapGenerator: [{name: a, envs: [" + url + "]}]",
		"secret":                  "secretGenerator: [{name: a, env: " + url + "}]",
		"generator":               "generators: [" + url + "]",
		"generator's file":        "generators: [generator.yaml]",
		"generator in place":      "generators:\n- |\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: a}\n  files: [" + url + "]",
		"transformer in place":    "resources: [app.yaml]\ntransformers:\n- |\n  apiVersion: \"\\x62uiltin\"\n  kind: PatchTransformer\n  metadata: {name: a}\n  path: " + url,
		"generator of a folder":   "generators: [folder]",
		"helm":                    "helmCharts: [{name: a, repo: " + url + "}]",
		"program":                 "generators: [program.yaml]",
		"program of a function":   "transformers: [function.yaml]",
		"container of a function": "transformers: [container.yaml]",
	}
	for name, k := range cases {
		dir := written(t, "-- k/kustomization.yaml --\n"+k+"\n-- k/app.yaml --\n"+app+"-- k/folder/kustomization.yaml --\nresources: [../generator.yaml]\n"+
			"-- k/generator.yaml --\napiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: a}\nx: 1\nx: 2\nfiles: ["+url+"]\n"+
			"-- k/program.yaml --\napiVersion: example.invalid/v1\nkind: Program\nmetadata: {name: a, annotations: {config.kubernetes.io/function: \"exec: {path: "+programs+"/sh}\"}}\n"+
			"-- k/function.yaml --\napiVersion: example.invalid/v1\nkind: Program\nmetadata: {name: a, annotations: {config.kubernetes.io/function: \"exec:\\n  path: "+programs+"/sh\\n\"}}\n"+
			"-- k/container.yaml --\napiVersion: example.invalid/v1\nkind: Program\nmetadata: {name: a, annotations: {config.kubernetes.io/function: \"container:\\n  image: example.invalid/a\\n\"}}\n")
		out, err := Build(t.Context(), filepath.Join(dir, "k"), maxFile)
		if err == nil {
			t.Errorf("%s: it was built:\n%s", name, out)
		}
		if text, _ := os.ReadFile(started); len(text) > 0 || connections.Load() > 0 {
			t.Fatalf("%s: %d connections, programs: %s; %v", name, connections.Load(), text, err)
		}
		t.Logf("%s: %v", name, err)
	}
	if _, err := Build(t.Context(), url, maxFile); err == nil || !strings.Contains(err.Error(), "is remote") {
		t.Errorf("%v", err)
	}
}

// TestAKustomizationReadsNoFileOutsideOfItsFolder, by a path, a link or a pattern.
func TestAKustomizationReadsNoFileOutsideOfItsFolder(t *testing.T) {
	for name, k := range map[string]string{
		"above": "resources: [../secret.yaml]", "whole path": "resources: [/etc/hostname]", "link": "resources: [link.yaml]",
		"config map": "configMapGenerator: [{name: a, files: [../secret.yaml]}]", "link in a config map": "configMapGenerator: [{name: a, files: [link.yaml]}]",
		"patch": "resources: [app.yaml]\npatches: [{path: ../secret.yaml}]", "variables": "secretGenerator: [{name: a, envs: [../secret.yaml]}]",
	} {
		dir := written(t, "-- secret.yaml --\n"+app+"-- k/app.yaml --\n"+app+"-- k/kustomization.yaml --\n"+k+"\n")
		if err := os.Symlink("../secret.yaml", filepath.Join(dir, "k/link.yaml")); err != nil {
			t.Fatal(err)
		}
		if out, err := Build(t.Context(), filepath.Join(dir, "k"), maxFile); err == nil {
			t.Errorf("%s: it was built:\n%s", name, out)
		} else if !strings.Contains(err.Error(), "security") && !strings.Contains(err.Error(), "is not in or below") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAKustomizationIsBounded: pipes, large files, folders that name each other, and a context that has ended.
func TestAKustomizationIsBounded(t *testing.T) {
	dir := written(t, "-- pipe/kustomization.yaml --\nresources: [pipe.yaml]\n-- large/kustomization.yaml --\nresources: [large.yaml]\n-- large/large.yaml --\n"+app+strings.Repeat("# more\n", maxFile/7+1)+
		"-- a/kustomization.yaml --\nresources: [../b]\n-- b/kustomization.yaml --\nresources: [../a]\n"+
		"-- bomb/kustomization.yaml --\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\nresources: *f\n"+
		"-- fine/kustomization.yaml --\nresources: [app.yaml]\n-- fine/app.yaml --\n"+app)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe/pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"pipe": "not a regular file", "large": "at most 1048576 are read", "a": "cycle detected", "bomb": "", "nothing": "there is no folder"} {
		if _, err := Build(t.Context(), filepath.Join(dir, name), maxFile); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	over, end := context.WithCancel(t.Context())
	end()
	if _, err := Build(over, filepath.Join(dir, "fine"), maxFile); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	r := &reader{ctx: t.Context(), maxFile: maxFile, files: maxFiles}
	if _, err := r.ReadFile(filepath.Join(dir, "fine/app.yaml")); err == nil || !strings.Contains(err.Error(), "folders may name each other") {
		t.Errorf("%v", err)
	}
}

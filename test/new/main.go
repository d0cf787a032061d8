// Command new writes what a new rule consists of: its file in the folder of its area, its cases, and its line in the area's
// all.go. What it writes is a small rule that works, with a case of either sort: the tests pass before and after it is made
// the rule that is wanted.
//
//	go run ./test/new rule SPK-P099 local-dirs
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	if err := run(".", os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "new:", err)
		os.Exit(2)
	}
}

var (
	codeForm = regexp.MustCompile(`^SPK-([PMSI])[0-9]{3}$`)
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
)

// run writes below root, the folder of the module, and says what it wrote. Nothing that stands there is lost.
func run(root string, args []string, out io.Writer) error {
	if len(args) != 3 || args[0] != "rule" {
		return errors.New("usage: go run ./test/new rule CODE NAME, as in: rule SPK-P099 local-dirs")
	}
	code, name := args[1], args[2]
	m := codeForm.FindStringSubmatch(code)
	if m == nil {
		return fmt.Errorf("code %q is not SPK-, the letter of an area (P, M, S, I) and three digits", code)
	}
	if !nameForm.MatchString(name) {
		return fmt.Errorf("name %q is not in kebab case", name)
	}
	r := scaffold{code: code, name: name, area: map[string]string{"P": "performance", "M": "monitoring", "S": "security", "I": "image"}[m[1]]}
	folder := filepath.Join(root, "rulebook", r.area)
	list := filepath.Join(folder, "all.go")
	before, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	after, err := r.listed(string(before))
	if err != nil {
		return fmt.Errorf("%s: %w", list, err)
	}
	file := "spk_" + strings.ToLower(code[4:])
	if taken, err := filepath.Glob(filepath.Join(root, "rulebook", "*", file+"_*.go")); err != nil || len(taken) > 0 {
		return errors.Join(err, fmt.Errorf("%s is taken: %s", code, strings.Join(taken, ", ")))
	}
	for _, one := range []struct {
		name, text string
		flag       int
	}{
		{filepath.Join(root, "rulebook", "testdata", file+".txtar"), r.cases(), os.O_CREATE | os.O_EXCL},
		{filepath.Join(folder, file+"_"+strings.ReplaceAll(name, "-", "_")+".go"), r.source(), os.O_CREATE | os.O_EXCL},
		{list, after, os.O_TRUNC},
	} {
		if err := write(one.name, one.text, one.flag); err != nil {
			return err
		}
		fmt.Fprintln(out, one.name)
	}
	_, err = fmt.Fprint(out, "next: go test ./rulebook; after a change: go test ./rulebook -run Cases -update, go generate ./rulebook\n")
	return err
}

func write(name, text string, flag int) error {
	f, err := os.OpenFile(name, os.O_WRONLY|flag, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// scaffold is a rule that is to be written.
type scaffold struct{ code, name, area string }

// function is the name of the Go function: localDirs for local-dirs.
func (r *scaffold) function() string {
	words := strings.Split(r.name, "-")
	for i := range words[1:] {
		words[i+1] = strings.ToUpper(words[i+1][:1]) + words[i+1][1:]
	}
	return strings.Join(words, "")
}

// listed is an area's all.go with the rule at the end of its list.
func (r *scaffold) listed(all string) (string, error) {
	if strings.Contains(all, "\t"+r.function()+"(),") {
		return "", fmt.Errorf("%s() is there", r.function())
	}
	const end = "\t}\n}\n"
	if strings.Count(all, end) != 1 {
		return "", errors.New("no list of rules ends in it")
	}
	return strings.Replace(all, end, "\t\t"+r.function()+"(),\n"+end, 1), nil
}

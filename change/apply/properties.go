package apply

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/change/write"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// An application that spark-submit starts has no object that could be changed. Its settings go into a properties file or a
// ConfigMap, which spark-submit --properties-file reads.

// propertiesKind is the kind of a properties file among the objects of a plan. Its content is an object with a text for each key.
const propertiesKind = "PropertiesFile"

// propertiesKey is the key of a ConfigMap that holds the settings.
const propertiesKey = "spark-defaults.conf"

// configMap begins the name of a ConfigMap where a file may be named too.
const configMap = "configmap/"

// Properties are the changes of settings in what a user names: a file, or configmap/NAME in a namespace. notes say what it does not take,
// and what comes before it.
func Properties(ctx context.Context, reader *cluster.Reader, where, namespace string, settings change.Settings, why []string) (one change.Edited, notes []string, err error) {
	var text []byte
	var refused []change.Refused
	if name, is := strings.CutPrefix(where, configMap); is {
		if faults := validation.IsDNS1123Subdomain(name); len(faults) > 0 {
			return one, nil, fmt.Errorf("%q is not the name of a ConfigMap: write configmap/NAME, or ./%s for a file", name, where)
		}
		one, text, refused, err = inConfigMap(ctx, reader, namespace, name, settings.Written())
	} else {
		one, text, refused, err = inFile(where, settings.Written())
	}
	if err != nil {
		return one, nil, err
	}
	one.Why = why
	held, err := spark.ParseProperties(text)
	if err != nil {
		return one, nil, fmt.Errorf("%s: %w", where, err)
	}
	for _, r := range refused {
		notes = append(notes, fmt.Sprintf("%s: %s is not changed: %s", r.Title, r.Key, r.Reason))
	}
	for _, key := range settings.Unset() {
		if _, holds := held.Get(key); !holds {
			notes = append(notes, fmt.Sprintf("%s: remove %s where it is set: no line of %s can do that", settings.Title, key, where))
		}
	}
	return one, append(notes, elsewhere(where, settings.Elsewhere(held))...), nil
}

// elsewhere names the settings that come before those of a file, with what is to stand in their place.
func elsewhere(where string, all []spark.Change) (notes []string) {
	var keys, lines []string
	for _, c := range all {
		keys = append(keys, c.Key)
		lines = append(lines, "--conf "+change.Quote(c.Key+"="+mask.Value(c.Key, c.Value)))
	}
	if keys == nil {
		return nil
	}
	return []string{fmt.Sprintf("%s did not set %s. Where --conf or the application's code does, that comes before it: write it there, as %s", where, strings.Join(keys, ", "), strings.Join(lines, " "))}
}

func inConfigMap(ctx context.Context, reader *cluster.Reader, namespace, name string, changes []spark.Change) (one change.Edited, before []byte, refused []change.Refused, err error) {
	var live json.RawMessage
	found, err := reader.Get(ctx, cluster.Path("v1", "ConfigMap", namespace), name, &live)
	if err != nil {
		return one, nil, nil, err
	}
	if !found {
		return one, nil, nil, fmt.Errorf("namespace %s has no ConfigMap %q: create it first, or name a file", namespace, name)
	}
	before = []byte(lookup(live, "data", propertiesKey))
	text, refused, err := change.Configured(propertiesKey, before, changes)
	if err != nil {
		return one, nil, nil, fmt.Errorf("ConfigMap %s: %w", name, err)
	}
	one = change.Edited{Live: true, Before: live, Target: change.Target{APIVersion: "v1", Kind: "ConfigMap", Namespace: namespace, Name: name,
		UID: lookup(live, "metadata", "uid"), ResourceVersion: lookup(live, "metadata", "resourceVersion")}}
	if !bytes.Equal(text, before) {
		one.Operations = []patch.Op{patch.Put(live, patch.Path{"data", propertiesKey}, patch.Text(string(text)))}
	}
	return one, before, refused, nil
}

func inFile(path string, changes []spark.Change) (one change.Edited, text []byte, refused []change.Refused, err error) {
	if path, err = resolved(path); err != nil {
		return one, nil, nil, err
	}
	if text, err = readFile(path); err != nil {
		return one, nil, nil, err
	}
	after, refused, err := change.Configured(path, text, changes)
	if err != nil {
		return one, nil, nil, err
	}
	before, err := properties(path, text)
	if err != nil {
		return one, nil, nil, err
	}
	wanted, err := properties(path, after)
	if err != nil {
		return one, nil, nil, err
	}
	one = change.Edited{Before: before, Target: change.Target{File: path, APIVersion: recordVersion, Kind: propertiesKind, Name: path, UID: path}}
	one.Operations, err = patch.Diff(before, wanted)
	return one, text, refused, err
}

// resolved is the path of a file behind all links; one that is not there yet stands in a folder that is.
func resolved(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	at, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return at, err
	}
	if _, link := os.Readlink(path); link == nil {
		return "", fmt.Errorf("%s is a symbolic link to a file that is not there: create that file first", path)
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	return filepath.Join(folder, filepath.Base(path)), err
}

// readFile is the text of a file; none of one that is not there yet. What is no regular file, as a pipe, is not opened.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file: nothing is read from it or written to it", path)
	case info.Size() > maxRecord:
		return nil, fmt.Errorf("%s: larger than %d MiB, which no such file is", path, maxRecord>>20)
	}
	return os.ReadFile(path)
}

// properties is a properties file as an object.
func properties(path string, text []byte) ([]byte, error) {
	conf, err := spark.ParseProperties(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	all := map[string]string{}
	for key, setting := range conf {
		all[key] = setting.Value
	}
	return json.Marshal(all)
}

// local says that the object is a properties file.
func (o *Object) local() bool { return o.Kind == propertiesKind }

// PropertiesFile is the path of a properties file; "" for an object of the cluster.
func (o *Object) PropertiesFile() string {
	if o.local() {
		return o.Target.Name
	}
	return ""
}

// digest tells a text from others without holding it.
func digest(text []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(text)) }

// written is the digest of a properties file as it is to be; "" for an object of the cluster.
func (o *Object) written() string {
	if !o.local() {
		return ""
	}
	return digest(o.text)
}

// Lines are some of a properties file that were replaced, with their line feeds.
type Lines struct {
	At     int    `json:"at"` // where they begin, from 0, in the file as it was left
	Before string `json:"before"`
	After  string `json:"after"`
}

// replacedLines are the lines in which two texts differ; none where one of them looks like a secret.
func replacedLines(before, after []byte) (all []Lines) {
	for _, e := range udiff.Lines(string(after), string(before)) {
		one := Lines{bytes.Count(after[:e.Start], []byte("\n")), e.New, string(after[e.Start:e.End])}
		for _, text := range []string{one.Before, one.After} {
			if string(mask.Document([]byte(text))) != text {
				return nil
			}
		}
		all = append(all, one)
	}
	return all
}

// restored is a text with the lines before; false where others stand there.
func restored(text []byte, lines []Lines) (out []byte, ok bool) {
	all := bytes.SplitAfter(text, []byte("\n"))
	for _, one := range slices.Backward(lines) {
		if one.At < 0 || one.At > len(all) {
			return nil, false
		}
		head := bytes.Join(all[:one.At], nil)
		tail, found := bytes.CutPrefix(bytes.Join(all[one.At:], nil), []byte(one.After))
		if !found {
			return nil, false
		}
		all = bytes.SplitAfter(slices.Concat(head, []byte(one.Before), tail), []byte("\n"))
	}
	return bytes.Join(all, nil), true
}

// readLocal takes a properties file as it is now, and refuses one that was changed since. Changes are taken back only of the very text
// that was written: anybody may have written the record.
func (o *Object) readLocal() error {
	if at, err := resolved(o.Target.Name); err != nil || at != o.Target.Name {
		o.skip(ChangedSince, byHand, "its path leads over a symbolic link that was not there when it was written")
		return nil
	}
	text, err := readFile(o.Target.Name)
	if err != nil {
		return err
	}
	if len(o.back) > 0 && digest(text) != o.back[0].Written {
		o.skip(ChangedSince, byHand, "it does not hold what was written")
		return nil
	}
	if o.live, err = properties(o.Target.Name, text); err != nil {
		return err
	}
	if !same(o.live, o.Before) {
		o.skip(Changed, "run the command again", "it was changed since it was read")
		return nil
	}
	if o.text, err = o.edited(text); err != nil {
		return err
	}
	o.lines, o.created = replacedLines(text, o.text), text == nil
	return nil
}

// edited is the text of a properties file with the operations made: the lines as they were where changes are taken back.
func (o *Object) edited(text []byte) ([]byte, error) {
	if before, ok := o.linesBack(text); ok {
		return before, nil
	}
	var changes []spark.Change
	for _, op := range o.Operations {
		at, err := patch.ParsePointer(op.Path)
		if err != nil {
			return nil, err
		}
		c := spark.Change{Key: at[0], Unset: op.Op == patch.Remove}
		if !c.Unset {
			if err := json.Unmarshal(op.Value, &c.Value); err != nil {
				return nil, err
			}
		}
		changes = append(changes, c)
	}
	after, refused, err := change.Configured(o.Target.Name, text, changes)
	if err == nil && len(refused) > 0 {
		err = fmt.Errorf("%s: %s", refused[0].Key, refused[0].Reason)
	}
	return after, err
}

// linesBack is a text without the changes that are taken back, byte for byte. ok is false where that does not give the settings back,
// for other lines were changed since.
func (o *Object) linesBack(text []byte) (before []byte, ok bool) {
	for _, entry := range o.back {
		if text, ok = restored(text, entry.Lines); !ok {
			return nil, false
		}
	}
	settings, err := properties(o.Target.Name, text)
	return text, len(o.back) > 0 && err == nil && same(settings, o.wanted())
}

// writeLocal writes a properties file, whole or not at all. One that the changes had made goes with them.
func (o *Object) writeLocal() ([]byte, error) {
	if err := o.readLocal(); err != nil || o.Skipped != nil {
		return nil, err
	}
	path := o.Target.Name
	if n := len(o.back); n > 0 && o.back[n-1].Created && len(bytes.TrimSpace(o.text)) == 0 {
		return []byte("{}"), os.Remove(path)
	}
	if err := write.Replace(path, o.text, 0o600); err != nil {
		return nil, err
	}
	return properties(path, o.text)
}

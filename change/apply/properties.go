package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// An application that spark-submit starts has no object that could be changed. Its settings go into a properties file or a
// ConfigMap, which spark-submit --properties-file reads.

// propertiesKind is the kind of a properties file among the objects of a plan. Its content is an object with a text for each key.
const propertiesKind = "PropertiesFile"

// propertiesKey is the key of a ConfigMap that holds the settings.
const propertiesKey = "spark-defaults.conf"

// configMap begins the name of a ConfigMap where a file may be named too.
const configMap = "configmap/"

// Properties are the changes of settings in what a user names: a file, or configmap/NAME in a namespace. refused are those
// that it does not take.
func Properties(ctx context.Context, reader *cluster.Reader, where, namespace string, changes []spark.Change, why []string) (one change.Edited, refused []change.Refused, err error) {
	if name, is := strings.CutPrefix(where, configMap); is {
		one, refused, err = inConfigMap(ctx, reader, namespace, name, changes)
	} else {
		one, refused, err = inFile(where, changes)
	}
	one.Why = why
	return one, refused, err
}

func inConfigMap(ctx context.Context, reader *cluster.Reader, namespace, name string, changes []spark.Change) (one change.Edited, refused []change.Refused, err error) {
	var live json.RawMessage
	found, err := reader.Get(ctx, cluster.Path("v1", "ConfigMap", namespace), name, &live)
	if err != nil {
		return one, nil, err
	}
	if !found {
		return one, nil, fmt.Errorf("there is no ConfigMap %q in namespace %s: make it with kubectl create configmap %s -n %[2]s", name, namespace, name)
	}
	text, refused, err := change.Configured(propertiesKey, []byte(lookup(live, "data", propertiesKey)), changes)
	if err != nil {
		return one, nil, fmt.Errorf("ConfigMap %s: %w", name, err)
	}
	one = change.Edited{Live: true, Before: live, Target: change.Target{APIVersion: "v1", Kind: "ConfigMap", Namespace: namespace, Name: name,
		UID: lookup(live, "metadata", "uid"), ResourceVersion: lookup(live, "metadata", "resourceVersion")}}
	if string(text) != lookup(live, "data", propertiesKey) {
		one.Operations = []patch.Op{patch.Put(live, patch.Path{"data", propertiesKey}, patch.Text(string(text)))}
	}
	return one, refused, nil
}

func inFile(path string, changes []spark.Change) (one change.Edited, refused []change.Refused, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return one, nil, err
	}
	text, err := readFile(path)
	if err != nil {
		return one, nil, err
	}
	after, refused, err := change.Configured(path, text, changes)
	if err != nil {
		return one, nil, err
	}
	before, err := properties(path, text)
	if err != nil {
		return one, nil, err
	}
	wanted, err := properties(path, after)
	if err != nil {
		return one, nil, err
	}
	one = change.Edited{Before: before, Target: change.Target{File: path, APIVersion: recordVersion, Kind: propertiesKind, Name: path, UID: path}}
	one.Operations, err = patch.Diff(before, wanted)
	return one, refused, err
}

// readFile is the text of a file; none of one that is not there yet.
func readFile(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
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

// readLocal takes a properties file as it is now, and refuses one that was changed since.
func (o *Object) readLocal() error {
	text, err := readFile(o.Target.Name)
	if err != nil {
		return err
	}
	if o.live, err = properties(o.Target.Name, text); err != nil {
		return err
	}
	if !same(o.live, o.Before) {
		o.leave(Changed, "run the command again", "it was changed since it was read")
	}
	return nil
}

// writeLocal writes a properties file, whole or not at all.
func (o *Object) writeLocal() ([]byte, error) {
	if err := o.readLocal(); err != nil || o.Left != nil {
		return nil, err
	}
	path := o.Target.Name
	text, err := readFile(path)
	if err != nil {
		return nil, err
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
	after, refused, err := change.Configured(path, text, changes)
	if err != nil {
		return nil, err
	}
	if len(refused) > 0 {
		return nil, fmt.Errorf("%s: %s", refused[0].Key, refused[0].Reason)
	}
	if err := replaceFile(path, after); err != nil {
		return nil, err
	}
	return properties(path, after)
}

// replaceFile writes a file, whole or not at all. A file that is there keeps its mode.
func replaceFile(path string, text []byte) error {
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".kubectl-spark-*")
	if err != nil {
		return err
	}
	_, err = part.Write(text)
	if err = errors.Join(err, part.Chmod(mode), part.Sync(), part.Close()); err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		_ = os.Remove(part.Name()) // it may have taken the file's place
	}
	return err
}

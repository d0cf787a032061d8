package launcher

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	kjson "k8s.io/apimachinery/pkg/util/json"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/document"
)

// configMap reads pod templates and Spark configuration out of a ConfigMap's values.
func (r *Reader) configMap(d *workload.Document) error {
	var held struct {
		Data map[string]string `json:"data"`
	}
	if err := kjson.Unmarshal(d.Raw, &held); err != nil {
		return r.broken(d, nil, err)
	}
	for _, name := range slices.Sorted(maps.Keys(held.Data)) {
		at := patch.Path{"data", name}
		if name == workload.KeyProperties && d.Meta.Labels[spark.LabelRole] == string(spark.Executor) {
			continue // what a driver makes for its executors: its own ConfigMap has the settings
		}
		if name == workload.KeyProperties || name == workload.KeyDefaults {
			if err := r.properties(d, at, held.Data[name]); err != nil {
				return err
			}
			continue
		}
		r.embedded(d, at, name, held.Data[name])
	}
	return nil
}

func (r *Reader) properties(d *workload.Document, at patch.Path, text string) error {
	conf, err := spark.ParseProperties([]byte(text))
	if err != nil {
		return r.broken(d, at, err)
	}
	for key, setting := range conf {
		line := d.LineOf(at.With(strconv.Itoa(setting.Line)))
		conf[key] = spark.Setting{Value: setting.Value, Path: at.With(key), Line: line}
	}
	if d.Conf == nil {
		d.Conf = spark.Conf{}
	}
	for key, setting := range conf {
		d.Conf[key] = setting
	}
	return nil
}

// embedded adds a slot for a value that is a pod template. Any other text is no concern of ours, nor is broken YAML:
// a ConfigMap may hold anything.
func (r *Reader) embedded(d *workload.Document, at patch.Path, name, text string) {
	if !strings.Contains(text, "containers") {
		return
	}
	raw, err := sigsyaml.YAMLToJSON([]byte(text))
	if err != nil {
		return
	}
	if n, ok := patch.Len(raw, patch.Path{"spec", "containers"}); !ok || n == 0 {
		return
	}
	if err := document.CheckTwice(text); err != nil {
		d.Notes = append(d.Notes, "its pod template "+name+" was not checked: "+err.Error())
		return
	}
	t, err := decode(raw)
	if err != nil {
		return
	}
	slot := forSubmit(slotOf(t, raw, at), roleInName(name))
	if slot.Role == "" {
		return
	}
	slot.Embedded = true
	d.Slots = append(d.Slots, slot)
}

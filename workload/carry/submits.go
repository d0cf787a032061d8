package carry

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// Pods are the slots whose pods the document tells: its own, or for a configuration the driver and the executors that
// spark-submit makes of it, as it was before Conf.
func Pods(f *source.File, d *workload.Document) []*workload.Slot {
	var pods []*workload.Slot
	for i := range d.Slots {
		pods = append(pods, &d.Slots[i])
	}
	if pods != nil || !d.Submits() {
		return pods
	}
	conf, err := spark.ParseProperties([]byte(readBlock(f.Settings(d)).before))
	if err != nil {
		return nil
	}
	for key, setting := range conf {
		at := patch.Path{key}
		if !d.Properties {
			at = patch.Path{"data", workload.KeyDefaults, key}
		}
		conf[key] = spark.Setting{Value: setting.Value, Path: at, Line: d.Conf[key].Line}
	}
	for _, role := range []spark.Role{spark.Driver, spark.Executor} {
		if role == spark.Driver && conf["spark.submit.deployMode"].Value == "client" {
			continue // it is no pod of Spark's making
		}
		slot := workload.ConfSlot(role, conf)
		slot.Version, slot.Identity.Version, slot.ContainerName = spark.Version{}, spark.Version{}, spark.ContainerName(role)
		pods = append(pods, &slot)
	}
	return pods
}

// PodTemplate is a file that spark-submit is to be given: its path as the configuration names it, and its YAML.
type PodTemplate struct {
	Path string
	YAML []byte
}

// Conf brings wishes about by a configuration for spark-submit: annotations, variables and JVM options by their
// keys, in lines of their own at its end, and the rest by pod template files in the folder, if one is named. What has no
// form is refused by name. It edits the file, in place of what an earlier call added, and gives the changes that the
// lines make. Its counterpart is UndoConf.
func Conf(f *source.File, d *workload.Document, orders []Order, folder string) (changes []spark.Change, templates []PodTemplate, refused [][]Refusal, err error) {
	text := f.Settings(d)
	block := readBlock(text)
	if block.edited || unclosed(block.before) {
		reason := "the lines that an earlier run added were changed since: remove them, or leave them"
		if unclosed(block.before) {
			reason = "the last line goes on behind the end of the file"
		}
		return nil, nil, refuseAll(orders, reason), nil
	}
	for i := range orders {
		probe, c := confCarrier{o: &orders[i], folder: folder}, confCarrier{o: &orders[i], folder: folder}
		wishes, no := wholeParts(orders[i].Wishes, probe.carry)
		for _, wish := range orders[i].Wishes {
			if wishes[wish.Name] {
				c.carry(wish)
			}
		}
		if orders[i].Report != nil {
			if key, value := orders[i].Report(no); key != "" {
				c.set("spark.kubernetes."+string(c.o.Slot.Role)+".annotation."+key, value)
			}
		}
		template, err := c.template()
		if err != nil {
			return nil, nil, nil, err
		}
		if template != nil {
			c.set("spark.kubernetes."+string(c.o.Slot.Role)+".podTemplateFile", template.Path)
			templates = append(templates, *template)
		}
		changes, refused = append(changes, c.changes...), append(refused, no)
	}
	if edited := writeBlock(block.before, changes); edited != text {
		if err := f.SetSettings(d, edited, true); err != nil {
			return nil, nil, refuseAll(orders, source.Reason(err)), nil
		}
	}
	return changes, templates, refused, nil
}

// UndoConf takes the lines out that Conf added, where again writes each of them. had says that there were any; kept that they
// were changed since, or are not ours, and stay.
func UndoConf(f *source.File, d *workload.Document, again Redo) (had, kept bool, err error) {
	block := readBlock(f.Settings(d))
	if !block.there || block.edited {
		return block.there, block.edited, nil
	}
	if made, err := makesLines(d, block.before, block.inner, again); err != nil || !made {
		return true, true, err
	}
	return true, false, f.SetSettings(d, block.before, false)
}

func refuseAll(orders []Order, reason string) (refused [][]Refusal) {
	for _, o := range orders {
		var no []Refusal
		for _, wish := range o.Wishes {
			no = append(no, Refusal{Key: wish.Name, Reason: reason})
		}
		refused = append(refused, no)
	}
	return refused
}

// confCarrier carries the wishes of one role.
type confCarrier struct {
	o       *Order
	folder  string
	changes []spark.Change
	held    []Wish // for the pod template
}

func (c *confCarrier) carry(wish Wish) error {
	role := c.o.Slot.Role
	env := "spark.kubernetes.driverEnv."
	if role == spark.Executor {
		env = "spark.executorEnv."
	}
	at := "spark.kubernetes." + string(role)
	if file := c.o.Slot.Conf[at+".podTemplateFile"].Value; file != "" {
		return fmt.Errorf("its pod template %s is not to be seen from here: inject that file", file)
	}
	switch {
	case wish.Op != "" && wish.Op != patch.Add && wish.Token == "":
		return errors.New("a configuration changes it by its settings")
	case wish.Token != "" && role == spark.Executor:
		c.merge(spark.KeyExecutorOptions, spark.QuoteOption(wish.Token))
	case wish.Token != "":
		c.merge(env+wish.Env, wish.Token)
	case len(wish.Path) == 3 && wish.Path[0] == "metadata" && wish.Path[1] == "annotations":
		var value string
		if json.Unmarshal(wish.Value, &value) != nil {
			return errors.New("the annotation is no text")
		}
		c.set(at+".annotation."+wish.Path[2], value)
	case len(wish.Path) == 5 && wish.Path[3] == "env":
		var variable struct{ Name, Value string }
		if json.Unmarshal(wish.Value, &variable) != nil || variable.Name == "" {
			return errors.New("the variable is no text")
		}
		c.set(env+variable.Name, variable.Value)
	case c.folder == "":
		return errors.New("it takes a pod template: name a folder for it with --pod-templates")
	default:
		c.held = append(c.held, wish)
	}
	return nil
}

func (c *confCarrier) set(key, value string) {
	for i := range c.changes {
		if c.changes[i].Key == key {
			c.changes[i].Value = value
			return
		}
	}
	c.changes = append(c.changes, spark.Change{Key: key, Value: value})
}

// merge puts an option behind those that the key holds.
func (c *confCarrier) merge(key, option string) {
	value := c.o.Slot.Conf[key].Value
	for _, change := range c.changes {
		if change.Key == key {
			value = change.Value
		}
	}
	c.set(key, strings.TrimSpace(value+" "+option))
}

// template is the pod template file for what no key can say; nil where there is nothing such.
func (c *confCarrier) template() (*PodTemplate, error) {
	if len(c.held) == 0 {
		return nil, nil
	}
	slot := *c.o.Slot
	order := *c.o
	slot.At, order.Slot = patch.Path{}, &slot
	w := &draft{raw: []byte(`{"apiVersion":"v1","kind":"Pod"}`)}
	into := carrier{draft: w, d: &workload.Document{Kind: "Pod"}, o: &order, s: &slot, all: []*podModel{{origins: []pod.Origin{{At: slot.At, Below: true}}}}}
	for _, wish := range c.held {
		if err := into.carry(wish); err != nil {
			return nil, fmt.Errorf("pod template: %s: %w", wish.Name, err)
		}
	}
	text, err := sigsyaml.JSONToYAML(w.raw)
	if err != nil {
		return nil, err
	}
	return &PodTemplate{Path: path.Join(c.folder, string(slot.Role)+"-pod-template.yaml"), YAML: text}, nil
}

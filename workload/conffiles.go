package workload

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Keys under which a ConfigMap holds Spark's configuration.
const (
	KeyProperties = "spark.properties"    // what spark-submit writes for a driver, and people for --properties-file
	KeyDefaults   = "spark-defaults.conf" // what people write
)

// maxText bounds what is kept of one configuration file, in bytes: what people write by hand is smaller.
const maxText = 64 << 10

// ConfFolder is what is mounted into the configuration folder of the container that holds Spark.
type ConfFolder struct {
	// ConfigMaps are the parts, in the order in which they hide each other: a later one wins.
	ConfigMaps []ConfPart
	// Whole says that they fill the folder: nothing of the image shows there.
	Whole bool
}

// ConfPart is a ConfigMap, or one of its keys, that becomes files of the folder.
type ConfPart struct {
	Ref Ref
	// Names maps keys to files; nil: every key is a file of its name.
	Names map[string]string
}

// Texts holds the configuration files of ConfigMaps, as far as they were read.
type Texts map[Ref]map[string]string

// Add takes a ConfigMap in: of its keys those that are configuration files of Spark. One of more than 64 KiB is not kept, and
// the map then counts as not read: nothing may be concluded from what it seems to lack. What spark-submit writes for a driver
// is not among them: it is read as the driver's configuration. Any other object changes nothing.
func (t Texts) Add(d *Document) {
	if d.Kind != "ConfigMap" || d.Raw == nil {
		return
	}
	var held struct {
		Data map[string]string `json:"data"`
	}
	if kjson.Unmarshal(d.Raw, &held) != nil {
		return
	}
	kept := map[string]string{}
	for name, text := range held.Data {
		switch path.Ext(name) {
		case ".properties", ".conf", ".xml", ".yaml", ".yml", ".json", ".template", ".sh":
			if name == KeyProperties {
				continue
			}
			if len(text) > maxText {
				delete(t, Ref{d.Namespace, d.Name})
				return
			}
			kept[name] = strings.Clone(text)
		}
	}
	t[Ref{d.Namespace, d.Name}] = kept
}

// Missing notes that a ConfigMap does not exist. Its files are none.
func (t Texts) Missing(ref Ref) { t[ref] = map[string]string{} }

// Files are the files of a folder, by name; nil where one of its ConfigMaps was not read.
func (t Texts) Files(folder *ConfFolder) map[string]string {
	if folder == nil {
		return nil
	}
	files := map[string]string{}
	for _, part := range folder.ConfigMaps {
		held, read := t[part.Ref]
		if !read {
			return nil
		}
		for key, text := range held {
			name := key
			if part.Names != nil {
				if name = part.Names[key]; name == "" {
					continue
				}
			}
			files[name] = text
		}
	}
	return files
}

// ConfFolderOf says what is mounted into the configuration folder of a template's container; nil where that cannot be
// told: the folder's place is not known, or something else than ConfigMaps is mounted there.
func ConfFolderOf(namespace string, t *corev1.PodTemplateSpec, container int) *ConfFolder {
	c := &t.Spec.Containers[container]
	place, literal, set := spark.EnvValue(c, "SPARK_CONF_DIR")
	if !literal {
		return nil
	}
	folder := &ConfFolder{}
	for i := range c.VolumeMounts {
		m := &c.VolumeMounts[i]
		at := path.Clean(m.MountPath)
		inside, file := isConfFolder(at, place, set), isConfFolder(path.Dir(at), place, set)
		if !inside && !file {
			if above(at, place, set) {
				return nil // a volume that holds the folder somewhere below its root
			}
			continue
		}
		parts, known := partsOf(namespace, t.Spec.Volumes, m)
		if !known || m.SubPathExpr != "" {
			return nil
		}
		switch {
		case inside && m.SubPath == "":
			folder.ConfigMaps, folder.Whole = append(parts, folder.ConfigMaps...), true // files are mounted over it
		case file && m.SubPath != "":
			for _, part := range parts {
				folder.ConfigMaps = append(folder.ConfigMaps, part.only(m.SubPath, path.Base(at)))
			}
		default:
			return nil // a folder below it, or one file of a map as the folder
		}
	}
	return folder
}

// isConfFolder says whether a path is the folder: what SPARK_CONF_DIR says, else the conf of a Spark installation.
func isConfFolder(at, place string, set bool) bool {
	if set && place != "" {
		return at == path.Clean(place)
	}
	return strings.HasSuffix(at, "/spark/conf")
}

func above(at, place string, set bool) bool {
	if set && place != "" {
		return strings.HasPrefix(path.Clean(place), strings.TrimSuffix(at, "/")+"/")
	}
	return strings.HasSuffix(at, "/spark") // /opt/spark, /opt/bitnami/spark
}

// partsOf are the ConfigMaps of a mount's volume; not known where it holds anything else.
func partsOf(namespace string, volumes []corev1.Volume, m *corev1.VolumeMount) (parts []ConfPart, known bool) {
	i := slices.IndexFunc(volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
	if i < 0 {
		return nil, false
	}
	switch v := &volumes[i]; {
	case v.ConfigMap != nil:
		return []ConfPart{{Ref{namespace, v.ConfigMap.Name}, names(v.ConfigMap.Items)}}, true
	case v.Projected != nil:
		for _, source := range v.Projected.Sources {
			if source.ConfigMap == nil {
				return nil, false
			}
			parts = append(parts, ConfPart{Ref{namespace, source.ConfigMap.Name}, names(source.ConfigMap.Items)})
		}
		return parts, true
	}
	return nil, false
}

func names(items []corev1.KeyToPath) map[string]string {
	if len(items) == 0 {
		return nil
	}
	m := make(map[string]string, len(items))
	for _, item := range items {
		m[item.Key] = item.Path
	}
	return m
}

// only is the part's one file of a name, mounted under another.
func (p ConfPart) only(file, as string) ConfPart {
	if p.Names == nil {
		return ConfPart{p.Ref, map[string]string{file: as}}
	}
	for key, name := range p.Names {
		if name == file {
			return ConfPart{p.Ref, map[string]string{key: as}}
		}
	}
	return ConfPart{p.Ref, map[string]string{}}
}

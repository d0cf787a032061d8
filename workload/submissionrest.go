package workload

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// Submission is a spark-submit that a container runs, and what is mounted into it beside.
type Submission struct {
	*submit.Submission
	defaults defaults // where its spark-defaults.conf would be
}

// defaults is where the spark-defaults.conf of a submission would be.
type defaults struct {
	may    bool        // there may be one
	folder *ConfFolder // that it would be in; nil where it cannot be told what that holds
}

// NewSubmission is a spark-submit that was found in a container of a pod template.
func NewSubmission(found *submit.Submission, namespace string, t *corev1.PodTemplateSpec) *Submission {
	return &Submission{found, defaultsOf(namespace, t, found.Container)}
}

// MayHaveDefaults says whether a spark-submit in a container of a pod template may find a spark-defaults.conf.
func MayHaveDefaults(namespace string, t *corev1.PodTemplateSpec, container int) bool {
	return defaultsOf(namespace, t, container).may
}

// defaultsOf looks for it in what is mounted. The images of Spark have none.
func defaultsOf(namespace string, t *corev1.PodTemplateSpec, container int) defaults {
	folder := ConfFolderOf(namespace, t, container)
	if folder == nil {
		return defaults{may: true}
	}
	if len(folder.ConfigMaps) == 0 && !folder.Whole {
		_, _, set := spark.EnvValue(&t.Spec.Containers[container], "SPARK_CONF_DIR")
		return defaults{may: set} // a folder of the image that somebody chose
	}
	for _, part := range folder.ConfigMaps {
		if part.Names == nil || slices.Contains(slices.Collect(maps.Values(part.Names)), KeyDefaults) {
			return defaults{may: true, folder: folder}
		}
	}
	return defaults{}
}

// Join adds what its properties file says to what the arguments say, which win. The setting's place is the file's, and none here.
func (s *Slot) Join(properties spark.Conf) {
	hidden := func(key string) bool {
		return slices.ContainsFunc(s.BySubmit.Hidden, func(h submit.Hidden) bool { return h.Key == key })
	}
	if s.Conf == nil {
		s.Conf = spark.Conf{}
	}
	for key, setting := range properties {
		if _, given := s.Conf[key]; !given && !hidden(key) {
			s.Conf[key] = spark.Setting{Value: setting.Value}
		}
	}
	s.BySubmit.Joined = true
	if !s.Version.Known() {
		s.Version = VersionOfConf(s.Conf)
		s.Identity.Version = s.Version
	}
}

// Partial says why the arguments are only a part of the configuration, whatever is mounted.
func (s *Submission) Partial() []string {
	why := slices.Clone(s.Unseen)
	if !s.EachAlone() {
		for _, h := range s.Hidden {
			why = append(why, h.String())
		}
	}
	if s.PropertiesFile != "" && !s.Joined {
		why = append(why, "the properties file "+s.PropertiesFile+" is not read")
	}
	return why
}

// rest says why the arguments are only a part of the configuration; "" where they are the whole.
func (s *Submission) rest(texts Texts) string {
	why := s.Partial()
	// A properties file stands in for spark-defaults.conf (SparkSubmitArguments.mergeDefaultSparkProperties).
	if s.defaults.may && (s.PropertiesFile == "" || s.LoadDefaults) {
		files := texts.Files(s.defaults.folder)
		_, has := files[KeyDefaults]
		switch {
		case files == nil:
			why = append(why, "the "+KeyDefaults+" that is mounted is not read")
		case has:
			why = append(why, "the "+KeyDefaults+" that is mounted sets more, and is not joined with the arguments")
		}
	}
	return strings.Join(why, "; ")
}

// ConfRest says why Conf is only a part of the slot's configuration, where a container's arguments tell it: a file that
// is not read, or a variable, may set more. "" where it is the whole. Of what is mounted the texts tell, as far as they
// were read.
func (s *Slot) ConfRest(texts Texts) string {
	if s.BySubmit == nil {
		return ""
	}
	return s.BySubmit.rest(texts)
}

// Hidden are the settings whose values cannot be seen, where each hides no more than what it decides.
func (s *Slot) Hidden() []submit.Hidden {
	if s.BySubmit == nil || !s.BySubmit.EachAlone() {
		return nil
	}
	return s.BySubmit.Hidden
}

// sized are parts of the keys that memory, cores and the number of executors depend on.
var sized = []string{"emory", "ores", "instances", "dynamicAllocation", "spark.sql.", "parallelism", "offHeap", "shuffle", ".resource.", "spark.task.", "volumes"}

// HiddenSizes says which hidden settings sizes depend on; "" where there are none.
func (s *Slot) HiddenSizes() string {
	var all []string
	for _, h := range s.Hidden() {
		if slices.ContainsFunc(sized, func(part string) bool { return strings.Contains(h.Key, part) }) {
			all = append(all, h.String())
		}
	}
	return strings.Join(all, "; ")
}

// ConfMaps are the ConfigMaps that may hold more of the configuration of which a container's arguments tell.
func (s *Slot) ConfMaps() (refs []Ref) {
	if s.BySubmit == nil || s.BySubmit.defaults.folder == nil {
		return nil
	}
	for _, part := range s.BySubmit.defaults.folder.ConfigMaps {
		refs = append(refs, part.Ref)
	}
	return refs
}

// Unread says what of the document could not be read with certainty, and was left out.
func (d *Document) Unread(texts Texts) []string {
	notes := slices.Clone(d.Notes)
	for i := range d.Slots {
		s := &d.Slots[i]
		if why := s.ConfRest(texts); why != "" {
			return append(notes, "what container "+s.BySubmit.Name+" submits was checked in part, setting by setting: "+why)
		}
		if all := s.Hidden(); len(all) > 0 {
			for _, h := range all {
				notes = append(notes, h.String()+": checks that need its value were not run; to run them, write the value in its place")
			}
			return notes
		}
	}
	return notes
}

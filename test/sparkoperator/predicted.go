package sparkoperator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Differences are the fields in which a pod that was made of a resource, a YAML document, is another than the one that is predicted of it. What
// the API server adds to every pod is added to the prediction. Ids, what hangs on them, and what spark-submit adds by the Spark that it
// belongs to are left out: see ids and Own.
func Differences(ctx context.Context, resource []byte, made *corev1.Pod) ([]string, error) {
	predicted, err := predict(ctx, resource, made.Labels[spark.LabelRole])
	if err != nil {
		return nil, err
	}
	main := predicted.Spec.Containers[predicted.main].Name
	got := &corev1.PodTemplateSpec{Spec: *made.Spec.DeepCopy()}
	got.Labels, got.Annotations = maps.Clone(made.Labels), made.Annotations
	want := predicted.PodTemplateSpec
	defaulted(want)
	fromServer(&got.Spec)
	for _, t := range []*corev1.PodTemplateSpec{want, got} {
		ids(t, main)
	}
	c, d := container(want, main), container(got, main)
	// The application and its own arguments are not predicted, nor is the order in which a Connect server is given its settings.
	if d.Args = d.Args[:min(len(c.Args), len(d.Args))]; made.Labels[spark.LabelRole] == "connect-server" {
		c.Args, d.Args = nil, nil
	}
	options := compareOptions(c, d)
	var a, b any
	for tree, of := range map[*any]*corev1.PodTemplateSpec{&a: want, &b: got} {
		raw, err := json.Marshal(of)
		if err == nil {
			err = json.Unmarshal(raw, tree)
		}
		if err != nil {
			return nil, err
		}
	}
	var all []string
	compare("", a, b, func(at, what string) {
		if !slices.ContainsFunc(Own(), func(own *regexp.Regexp) bool { return own.MatchString(at + " " + what) }) {
			all = append(all, at+" "+what)
		}
	})
	slices.Sort(all)
	return append(all, options...), nil
}

// prediction is a predicted pod and the place of Spark's container in it.
type prediction struct {
	*corev1.PodTemplateSpec
	main int
}

func predict(ctx context.Context, resource []byte, role string) (p prediction, err error) {
	sc, err := scene.Files(ctx, scene.Input{Names: []string{"-"}, Stdin: bytes.NewReader(resource)})
	if err != nil {
		return p, err
	}
	for _, w := range sc.Workloads {
		for _, s := range w.Subjects {
			if executor := s.Slot.Role == spark.Executor; executor != (role == string(spark.Executor)) {
				continue
			}
			pod := s.Pod()
			if pod == nil {
				return p, fmt.Errorf("the pod of the %s is not predicted", s.Slot.Role)
			}
			for _, u := range pod.Unknown {
				if len(u.Path) == 0 {
					return p, errors.New("nothing of the pod is certain: " + u.Reason)
				}
			}
			return prediction{pod.Template.DeepCopy(), pod.Identity.Container}, nil
		}
	}
	return p, fmt.Errorf("%s is not among the resource's roles", role)
}

// Own are the places that spark-submit fills by the Spark that it belongs to, and not by that of the application: an operator brings one of its
// own, and a resource does not tell its version. An image's Spark makes executors.
func Own() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`^/spec/containers/[^/]+/securityContext(/allowPrivilegeEscalation)? .*not predicted: .*(\{"allowPrivilegeEscalation":false\}|false)$`),
		regexp.MustCompile(`^/spec/containers/[^/]+/ports/spark-connect .*not predicted`),
		// An application may call itself something else, and a scheduled run has its time in its name.
		regexp.MustCompile(`^/metadata/labels/spark-app-name .*not predicted`),
		regexp.MustCompile(`^/metadata/labels/sparkoperator.k8s.io.app-name is predicted as "(\S+)", made as "\S+-1\d+"$`),
	}
}

// ids takes out of a pod what is another in each run: ids of the application, names of its ConfigMaps, and the scratch folder whose path Spark
// makes up.
func ids(t *corev1.PodTemplateSpec, main string) {
	for _, label := range []string{"spark-app-selector", "sparkoperator.k8s.io/submission-id", "spark-exec-id", "spark-exec-resourceprofile-id"} {
		delete(t.Labels, label)
	}
	c := container(t, main)
	c.Env = slices.DeleteFunc(c.Env, func(e corev1.EnvVar) bool {
		return slices.Contains([]string{"SPARK_USER", "SPARK_APPLICATION_ID", "SPARK_LOCAL_DIRS", "SPARK_DRIVER_URL", "SPARK_DRIVER_POD_IP", "SPARK_EXECUTOR_ID", "SPARK_RESOURCE_PROFILE_ID"}, e.Name) ||
			strings.HasPrefix(e.Name, "SPARK_EXECUTOR_ATTRIBUTE_")
	})
	scratch := map[string]bool{}
	c.VolumeMounts = slices.DeleteFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool {
		made := strings.HasPrefix(m.MountPath, "/var/data/spark-")
		scratch[m.Name] = scratch[m.Name] || made
		return made
	})
	t.Spec.Volumes = slices.DeleteFunc(t.Spec.Volumes, func(v corev1.Volume) bool { return scratch[v.Name] })
	for i := range t.Spec.Volumes {
		v := &t.Spec.Volumes[i]
		if slices.Contains([]string{"spark-conf-volume-driver", "spark-conf-volume-exec", "pod-template-volume"}, v.Name) && v.ConfigMap != nil {
			v.ConfigMap.Name, v.ConfigMap.Items = "", nil
		}
	}
}

func container(t *corev1.PodTemplateSpec, name string) *corev1.Container {
	for i := range t.Spec.Containers {
		if t.Spec.Containers[i].Name == name {
			return &t.Spec.Containers[i]
		}
	}
	return &corev1.Container{}
}

// sparksOptions begin the options that Spark gives to executors by itself.
var sparksOptions = []string{"-Dspark.", "-XX:+IgnoreUnrecognizedVMOptions", "--add-opens=", "--add-modules=", "--enable-native-access=", "--sun-misc-unsafe-memory-access=", "-Djdk.", "-Dio.netty.", "-Djava.net.preferIPv6Addresses="}

// compareOptions says which options of the JVM, each a variable, are predicted and not there, or the other way round, and takes them out.
func compareOptions(want, got *corev1.Container) (all []string) {
	take := func(c *corev1.Container) (options []string) {
		byNumber := map[int]string{}
		c.Env = slices.DeleteFunc(c.Env, func(e corev1.EnvVar) bool {
			number, is := strings.CutPrefix(e.Name, spark.Channel(spark.Executor))
			if n, err := strconv.Atoi(number); is && err == nil {
				byNumber[n] = e.Value
			}
			return is
		})
		for _, n := range slices.Sorted(maps.Keys(byNumber)) {
			options = append(options, byNumber[n])
		}
		return options
	}
	predicted, made := take(want), take(got)
	made = slices.DeleteFunc(made, func(o string) bool {
		return slices.ContainsFunc(sparksOptions, func(start string) bool { return strings.HasPrefix(o, start) })
	})
	if !slices.Equal(predicted, made) {
		all = append(all, fmt.Sprintf("options of the JVM: predicted %q, made %q", predicted, made))
	}
	return all
}

// compare calls back for every place at which two trees differ. Elements that have a name, or a path at which they are mounted, are
// compared by it, the others by their place.
func compare(at string, predicted, made any, found func(at, what string)) {
	switch {
	case predicted == nil && made == nil:
		return
	case predicted == nil:
		found(at, "is not predicted: "+text(made))
		return
	case made == nil:
		found(at, "was not made: "+text(predicted))
		return
	}
	a, b := children(predicted), children(made)
	if a == nil || b == nil {
		if !reflect.DeepEqual(predicted, made) {
			found(at, "is predicted as "+text(predicted)+", made as "+text(made))
		}
		return
	}
	for name := range a {
		compare(at+"/"+name, a[name], b[name], found)
	}
	for name := range b {
		if _, both := a[name]; !both {
			compare(at+"/"+name, nil, b[name], found)
		}
	}
}

// children are the parts of a tree by name; nil where it has none.
func children(tree any) map[string]any {
	switch held := tree.(type) {
	case map[string]any:
		return held
	case []any:
		all := map[string]any{}
		for i, one := range held {
			name := strconv.Itoa(i)
			if of, ok := one.(map[string]any); ok {
				if mounted, ok := of["mountPath"].(string); ok {
					name = strings.ReplaceAll(mounted, "/", "|")
				} else if called, ok := of["name"].(string); ok {
					name = called
				}
			}
			for n := 2; all[name] != nil; n++ { // two variables of a name
				name = strings.TrimSuffix(name, "#"+strconv.Itoa(n-1)) + "#" + strconv.Itoa(n)
			}
			all[name] = one
		}
		return all
	}
	return nil
}

func text(tree any) string {
	raw, err := json.Marshal(tree)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// WithoutIDs is a pod as text, without ids and what the API server adds, whatever the order of its lists.
func WithoutIDs(pod *corev1.Pod) (string, error) {
	t := &corev1.PodTemplateSpec{Spec: *pod.Spec.DeepCopy()}
	t.Labels, t.Annotations = maps.Clone(pod.Labels), pod.Annotations
	fromServer(&t.Spec)
	ids(t, t.Spec.Containers[max(0, spark.Identify(&pod.ObjectMeta, &pod.Spec).Container)].Name)
	var tree any
	raw, err := json.Marshal(t)
	if err == nil {
		err = json.Unmarshal(raw, &tree)
	}
	if err != nil {
		return "", err
	}
	raw, err = json.MarshalIndent(named(tree), "", " ")
	return string(raw), err
}

// named is a tree whose lists are mappings.
func named(tree any) any {
	held := children(tree)
	if held == nil {
		return tree
	}
	all := map[string]any{}
	for name, one := range held {
		all[name] = named(one)
	}
	return all
}

package pod_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/pod"
	"github.com/kubectl-spark/kubectl-spark/workload/submit"
)

// settings are those of a properties file, each at its own key.
func settings(pairs ...string) spark.Conf {
	conf := spark.Conf{}
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		conf[key] = spark.Setting{Value: value, Path: patch.Path{key}}
	}
	return conf
}

// submission is a spark-submit of which nothing is told that matters here.
func submission(t *testing.T) *workload.Submission {
	t.Helper()
	of := &corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Command: []string{"spark-submit", "--master", "k8s://x", "--deploy-mode", "cluster", "a.jar"}}}}}
	found, unread := submit.Find(of, nil, func(int) bool { return false })
	if found == nil {
		t.Fatal(unread)
	}
	return workload.NewSubmission(found, "", of)
}

// submitted is the pod that Spark makes of a role's settings and, where it is given one, a template.
func submitted(t *testing.T, role spark.Role, template string, pairs ...string) *pod.Pod {
	t.Helper()
	s := workload.Slot{Role: role, Launcher: spark.Native, ContainerName: spark.ContainerName(role), Missing: template == "", BySubmit: submission(t)}
	s.Conf, s.Identity = settings(pairs...), spark.Identity{Role: role, Launcher: spark.Native, Container: -1}
	d := &workload.Document{Properties: true}
	if template != "" {
		s.Template, d.Kind, s.BySubmit, d.Properties = &corev1.PodTemplateSpec{}, "SparkApplication", nil, false
		d.APIVersion, s.Launcher, s.Identity.Launcher, s.At = "spark.apache.org/v1", spark.Apache, spark.Apache, patch.Path{"spec", "driverSpec", "podTemplateSpec"}
		if err := json.Unmarshal([]byte(template), s.Template); err != nil {
			t.Fatal(err)
		}
		s.Identity.Container = len(s.Template.Spec.Containers) - 1
		d.Raw = []byte(`{"spec":{"driverSpec":{"podTemplateSpec":` + template + `}}}`)
	}
	made, ok := pod.Predict(d, &s, (*pod.Prediction).Job)
	if !ok {
		t.Fatal("not predicted")
	}
	return made
}

// held is what a pod has at a place, as JSON.
func held(t *testing.T, p *pod.Pod, pointer string) string {
	t.Helper()
	at, err := patch.ParsePointer(pointer)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := patch.Lookup(p.Raw, at)
	return string(raw)
}

// TestASettingIsAFieldOfThePod, and the field knows the setting.
func TestASettingIsAFieldOfThePod(t *testing.T) {
	const c = "/spec/containers/0"
	for _, one := range []struct {
		role             spark.Role
		settings         string
		at, want, placed string
	}{
		{spark.Driver, "spark.kubernetes.container.image=a:1", c + "/image", `"a:1"`, "spark.kubernetes.container.image"},
		{spark.Driver, "spark.kubernetes.container.image=a:1 spark.kubernetes.driver.container.image=b:2", c + "/image", `"b:2"`, "spark.kubernetes.driver.container.image"},
		{spark.Executor, "spark.kubernetes.container.image=a:1 spark.kubernetes.driver.container.image=b:2", c + "/image", `"a:1"`, "spark.kubernetes.container.image"},
		{spark.Driver, "spark.driver.memory=2g", c + "/resources/limits/memory", `"2432Mi"`, "spark.driver.memory"},
		{spark.Driver, "spark.driver.memory=2g spark.driver.memoryOverhead=1g", c + "/resources/limits/memory", `"3Gi"`, "spark.driver.memory"},
		{spark.Executor, "spark.executor.memory=8g", c + "/resources/requests/memory", `"9011Mi"`, "spark.executor.memory"},
		{spark.Executor, "spark.executor.cores=3", c + "/resources/requests/cpu", `"3"`, "spark.executor.cores"},
		{spark.Executor, "spark.executor.cores=3 spark.kubernetes.executor.request.cores=500m", c + "/resources/requests/cpu", `"500m"`, "spark.kubernetes.executor.request.cores"},
		{spark.Executor, "spark.kubernetes.executor.limit.cores=2", c + "/resources/limits/cpu", `"2"`, "spark.kubernetes.executor.limit.cores"},
		{spark.Executor, "spark.kubernetes.driver.limit.cores=2", c + "/resources/limits/cpu", "", ""},
		{spark.Executor, "spark.executor.resource.gpu.amount=2 spark.executor.resource.gpu.vendor=nvidia.com", c + "/resources/limits/nvidia.com~1gpu", `"2"`, "spark.executor.resource.gpu.amount"},
		{spark.Executor, "spark.executor.resource.gpu.amount=2", c + "/resources/limits/nvidia.com~1gpu", "", ""},
		{spark.Driver, "spark.kubernetes.authenticate.driver.serviceAccountName=s", "/spec/serviceAccountName", `"s"`, "spark.kubernetes.authenticate.driver.serviceAccountName"},
		{spark.Executor, "spark.kubernetes.authenticate.driver.serviceAccountName=s", "/spec/serviceAccountName", `"s"`, "spark.kubernetes.authenticate.driver.serviceAccountName"},
		{spark.Executor, "spark.kubernetes.authenticate.driver.serviceAccountName=s spark.kubernetes.authenticate.executor.serviceAccountName=e", "/spec/serviceAccountName", `"e"`, "spark.kubernetes.authenticate.executor.serviceAccountName"},
		{spark.Driver, "spark.kubernetes.driver.node.selector.pool=x", "/spec/nodeSelector/pool", `"x"`, "spark.kubernetes.driver.node.selector.pool"},
		{spark.Driver, "spark.kubernetes.executor.node.selector.pool=x", "/spec/nodeSelector/pool", "", ""},
		{spark.Driver, "spark.kubernetes.driver.annotation.a=b", "/metadata/annotations/a", `"b"`, "spark.kubernetes.driver.annotation.a"},
		{spark.Driver, "spark.kubernetes.driver.label.spark-role=mine", "/metadata/labels/spark-role", `"driver"`, ""},
		{spark.Driver, "spark.ui.port=0", c + "/ports/2", "", ""},
		{spark.Driver, "spark.driver.port=9000", c + "/ports/0/containerPort", "9000", "spark.driver.port"},
		{spark.Executor, "spark.executorEnv.A=b", c + "/env/3/value", `"b"`, "spark.executorEnv.A"},
		{spark.Executor, "spark.executor.extraJavaOptions=-Da=b", c + "/env/3/value", `"-Da=b"`, "spark.executor.extraJavaOptions"},
		{spark.Driver, "spark.kubernetes.driver.secretKeyRef.TOKEN=safe:token", c + "/env/2/valueFrom/secretKeyRef/name", `"safe"`, "spark.kubernetes.driver.secretKeyRef.TOKEN"},
		{spark.Executor, "spark.kubernetes.executor.volumes.persistentVolumeClaim.data.mount.path=/data", "/spec/volumes/0/persistentVolumeClaim/claimName", `"data"`, "spark.kubernetes.executor.volumes.persistentVolumeClaim.data.mount.path"},
		{spark.Executor, "spark.kubernetes.executor.volumes.floppy.data.mount.path=/data", "/spec/volumes/1", "", ""},
		{spark.Executor, "", "/spec/volumes/0/name", `"spark-conf-volume-exec"`, ""},
		{spark.Executor, "spark.kubernetes.executor.disableConfigMap=true", "/spec/volumes/0", "", ""},
		{spark.Executor, "spark.blockManager.port=7090", c + "/ports/0/containerPort", "7090", "spark.blockManager.port"},
		{spark.Driver, "spark.kubernetes.container.image=apache/spark:4.3.0", c + "/securityContext/allowPrivilegeEscalation", "false", ""},
		{spark.Driver, "spark.kubernetes.container.image=apache/spark:4.2.0", c + "/securityContext", "", ""},
	} {
		p := submitted(t, one.role, "", strings.Fields(one.settings)...)
		if got := held(t, p, one.at); got != one.want {
			t.Errorf("%s with %s: %s is %s, want %s", one.role, one.settings, one.at, got, one.want)
			continue
		}
		path, _ := patch.ParsePointer(one.at)
		if at, exact := p.Place(path); one.placed != "" && (at.Field() != (patch.Path{one.placed}).Field() || !exact) {
			t.Errorf("%s with %s: %s comes from %s (exactly: %v), want %s", one.role, one.settings, one.at, at.Field(), exact, one.placed)
		}
	}
}

// TestATemplateIsWhatSparkBuildsOn: its own container keeps its place and what Spark says nothing of; what Spark says it replaces.
func TestATemplateIsWhatSparkBuildsOn(t *testing.T) {
	const template = `{"metadata":{"labels":{"team":"a"}},"spec":{"hostNetwork":true,"containers":[{"name":"side","image":"s"},{"name":"mine","image":"old","args":["x"],` +
		`"env":[{"name":"A","value":"b"}],"resources":{"limits":{"memory":"1Gi","cpu":"7"}},"securityContext":{"privileged":true}}]}}`
	p := submitted(t, spark.Driver, template, "spark.kubernetes.container.image=new", "spark.driver.memory=1g", "spark.kubernetes.driver.node.selector.pool=x")
	for at, want := range map[string]string{
		"/metadata/labels/team": `"a"`, "/spec/hostNetwork": "true", "/spec/containers/0/image": `"s"`, "/spec/containers/1/image": `"new"`, "/spec/containers/1/args/0": `"driver"`,
		"/spec/containers/1/env/0/value": `"b"`, "/spec/containers/1/resources/limits/memory": `"1408Mi"`, "/spec/containers/1/resources/limits/cpu": `"7"`,
		"/spec/containers/1/securityContext/privileged": "true", "/spec/nodeSelector/pool": `"x"`, "/spec/restartPolicy": `"Never"`,
	} {
		if got := held(t, p, at); got != want {
			t.Errorf("%s is %s, want %s", at, got, want)
		}
	}
	if p.Identity.Container != 1 || !p.Identity.Certain || !p.Identity.Finite {
		t.Errorf("%+v", p.Identity)
	}
	at, exact := p.Place(patch.Path{"spec", "containers", "1", "securityContext", "privileged"})
	if at.Field() != "spec.driverSpec.podTemplateSpec.spec.containers[1].securityContext.privileged" || !exact {
		t.Errorf("privileged stands at %s, exactly: %v", at.Field(), exact)
	}
	if at, exact = p.Place(patch.Path{"spec", "containers", "1", "securityContext", "seccompProfile"}); at.Field() != "spec.driverSpec.podTemplateSpec.spec.containers[1].securityContext.seccompProfile" || exact {
		t.Errorf("a profile would stand at %s, exactly: %v", at.Field(), exact)
	}
}

// TestExecutorsSayOfResizesWhatRealSparkSays: Spark says it from 4.2.0 on, behind what a template says.
func TestExecutorsSayOfResizesWhatRealSparkSays(t *testing.T) {
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]bool{}
	for _, f := range all {
		if f.Expect.Role != string(spark.Executor) {
			continue
		}
		raw, _ := patch.Lookup(f.Review, patch.Path{"request", "object"})
		var made corev1.Pod
		if err := json.Unmarshal(raw, &made); err != nil {
			t.Fatal(err)
		}
		want := made.Spec.Containers[spark.Identify(&made.ObjectMeta, &made.Spec).Container].ResizePolicy
		p := submitted(t, spark.Executor, "", "spark.kubernetes.container.image=apache/spark:"+f.Version)
		if got := p.Template.Spec.Containers[0].ResizePolicy; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: predicted %v, made %v", f.Name, got, want)
		}
		versions[f.Version] = len(want) > 0
	}
	if said, known := versions["4.1.4"]; said || !known || !versions["4.2.1"] {
		t.Errorf("versions whose executors say it: %v", versions)
	}
	const template = `{"spec":{"containers":[{"name":"mine","resizePolicy":[{"resourceName":"x","restartPolicy":"NotRequired"}]}]}}`
	p := submitted(t, spark.Executor, template, "spark.kubernetes.container.image=apache/spark:4.3.0")
	if got := held(t, p, "/spec/containers/0/resizePolicy"); !strings.HasPrefix(got, `[{"resourceName":"x",`) || strings.Count(got, "NotRequired") != 3 {
		t.Errorf("behind the template's stands %s", got)
	}
}

// TestOfAPodWhoseTemplateStandsElsewhereNothingIsCertain.
func TestOfAPodWhoseTemplateStandsElsewhereNothingIsCertain(t *testing.T) {
	p := submitted(t, spark.Driver, "", "spark.kubernetes.driver.podTemplateFile=/opt/driver.yaml")
	if len(p.Unknown) != 1 || len(p.Unknown[0].Path) != 0 || p.Unknown[0].Reason != "the pod template /opt/driver.yaml was not read: give it, too" {
		t.Errorf("%+v", p.Unknown)
	}
	if p = submitted(t, spark.Executor, "", "spark.kubernetes.driver.podTemplateFile=/opt/driver.yaml"); len(p.Unknown) != 0 {
		t.Errorf("the driver's template is no executor's: %+v", p.Unknown)
	}
}

// TestTheNearestOriginCountsOfTwoTheLater: a step that writes again has the last word.
func TestTheNearestOriginCountsOfTwoTheLater(t *testing.T) {
	origins := []pod.Origin{{At: patch.Path{"home"}}, {Pod: patch.Path{"spec"}, At: patch.Path{"a"}}, {Pod: patch.Path{"spec", "x"}, At: patch.Path{"b"}}, {Pod: patch.Path{"spec", "x"}, At: patch.Path{"c"}}}
	for path, want := range map[string]string{"metadata": "home", "spec": "a", "spec/y": "a", "spec/x": "c", "spec/x/z": "c"} {
		if got := pod.Nearest(origins, strings.Split(path, "/")).At.Field(); got != want {
			t.Errorf("%s comes from %s, want %s", path, got, want)
		}
	}
}

// TestAWorkflowsTemplateComesBeforeTheWorkflow: for lack of a word of its own the pod has the whole workflow's.
func TestAWorkflowsTemplateComesBeforeTheWorkflow(t *testing.T) {
	d := &workload.Document{APIVersion: "argoproj.io/v1alpha1", Kind: "Workflow", Raw: []byte(`{"spec":{"serviceAccountName":"all","nodeSelector":{"pool":"all"},"volumes":[{"name":"v"}],` +
		`"templates":[{"serviceAccountName":"own","volumes":[{"name":"w"}],"container":{"image":"i","securityContext":{"privileged":true}}}]}}`)}
	s := workload.Slot{Role: spark.Driver, Launcher: spark.Native, ContainerName: "main", Missing: true, BySubmit: submission(t), Identity: spark.Identity{Role: spark.Driver, Launcher: spark.Native, Container: -1, Client: true}}
	template := patch.Path{"spec", "templates", "0"}
	p, ok := pod.Predict(d, &s, func(p *pod.Prediction) { p.Held(template.With("container"), template, patch.Path{"spec"}) })
	if !ok {
		t.Fatal("not predicted")
	}
	for at, want := range map[string]string{
		"/spec/serviceAccountName": `"own"`, "/spec/nodeSelector/pool": `"all"`, "/spec/volumes/0/name": `"w"`, "/spec/volumes/1/name": `"v"`,
		"/spec/containers/0/name": `"main"`, "/spec/containers/0/image": `"i"`,
	} {
		if got := held(t, p, at); got != want {
			t.Errorf("%s is %s, want %s", at, got, want)
		}
	}
	if at, exact := p.Place(patch.Path{"spec", "volumes", "1", "name"}); at.Field() != "spec.volumes[0].name" || !exact {
		t.Errorf("the workflow's volume stands at %s, exactly: %v", at.Field(), exact)
	}
}

// TestAHistoryServersOptionsAreTheOperatorsThenTheUsers: a variable of the name takes the place of all.
func TestAHistoryServersOptionsAreTheOperatorsThenTheUsers(t *testing.T) {
	for _, c := range []struct{ nodes, end, at string }{
		{`"roleGroups":{"default":{}}`, "=18081:/stackable/jmx/config.yaml", "spec.nodes.roleGroups.default.podOverrides"},
		{`"jvmArgumentOverrides":{"add":["-Da"]},"roleGroups":{"default":{}}`, "config.yaml -Da", "spec.nodes.jvmArgumentOverrides.add"},
		{`"jvmArgumentOverrides":{"add":["-Da"]},"roleGroups":{"default":{"jvmArgumentOverrides":{"add":["-Db","-Dc"]}}}`, "config.yaml -Da -Db -Dc", "spec.nodes.roleGroups.default.jvmArgumentOverrides.add"},
		{`"jvmArgumentOverrides":{"add":["-Da"]},"envOverrides":{"SPARK_HISTORY_OPTS":"-Dz"},"roleGroups":{"default":{}}`, "-Dz", ""},
	} {
		d := &workload.Document{APIVersion: "spark.stackable.tech/v1alpha1", Kind: "SparkHistoryServer", Name: "h", Raw: []byte(`{"spec":{"nodes":{` + c.nodes + `}}}`)}
		s := workload.Slot{Role: spark.History, Launcher: spark.Stackable, ContainerName: "spark-history", Missing: true, Conf: spark.Conf{},
			At: patch.Path{"spec", "nodes", "roleGroups", "default", "podOverrides"}, Identity: spark.Identity{Role: spark.History, Launcher: spark.Stackable, Container: -1}}
		p, ok := pod.Predict(d, &s, func(p *pod.Prediction) { p.Overrides(); p.Stackable() })
		if !ok {
			t.Fatal("not predicted")
		}
		found := 0
		for i, e := range p.Template.Spec.Containers[0].Env {
			if e.Name != "SPARK_HISTORY_OPTS" {
				continue
			}
			found++
			if !strings.HasSuffix(e.Value, c.end) || strings.HasPrefix(e.Value, "-Dlog4j") != (c.at != "") {
				t.Errorf("%s: %s", c.nodes, e.Value)
			}
			if at, _ := p.Place(patch.Path{"spec", "containers", "0", "env", string(rune('0' + i)), "value"}); c.at != "" && at.Field() != c.at {
				t.Errorf("%s: the options stand at %s, want %s", c.nodes, at.Field(), c.at)
			}
		}
		if found != 1 {
			t.Errorf("%s: %d variables", c.nodes, found)
		}
	}
}

package protobuf

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

var podKind = schema.GroupVersionKind{Version: "v1", Kind: "Pod"}

// pods are those that Spark made on a real API server.
func pods(t *testing.T) (all []corev1.Pod) {
	t.Helper()
	read, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range read {
		var review struct {
			Request struct{ Object corev1.Pod }
		}
		if err := json.Unmarshal(f.Review, &review); err != nil {
			t.Fatal(err)
		}
		all = append(all, review.Request.Object)
	}
	return all
}

func bytesOf(t *testing.T, object writer) []byte {
	t.Helper()
	raw, err := object.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

type writer interface{ Marshal() ([]byte, error) }

// TestAListIsCutIntoItsObjects as the API server's own serializer writes it.
func TestAListIsCutIntoItsObjects(t *testing.T) {
	list := &corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}, ListMeta: metav1.ListMeta{Continue: "on", ResourceVersion: "7"}, Items: pods(t)}
	for i := range list.Items {
		list.Items[i].ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "somebody"}}
	}
	answer, err := runtime.Encode(protobuf.NewSerializer(scheme.Scheme, scheme.Scheme), list)
	if err != nil || !Is(answer) {
		t.Fatal(err)
	}
	items, more, err := Split(answer)
	if err != nil || more != "on" || len(items) != len(list.Items) {
		t.Fatalf("%d of %d items, %q, %v", len(items), len(list.Items), more, err)
	}
	for i, item := range items {
		want := &list.Items[i]
		want.ManagedFields, want.TypeMeta = nil, metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}
		text, _ := json.Marshal(want)
		if got, err := JSON(podKind, item); err != nil || string(got) != string(text) {
			t.Fatalf("%v\n%s\n%s", err, got, text)
		}
		if _, _, err := Alike(item[:len(item)-1]); err == nil {
			t.Error("a pod without its end is read")
		}
	}
	if _, _, err := Split(answer[:len(answer)-1]); err == nil {
		t.Error("a list without its end is read")
	}
}

// TestPodsOfOneTemplateAreAlike: names, identity, node and state do not count.
func TestPodsOfOneTemplateAreAlike(t *testing.T) {
	key := func(pod *corev1.Pod) Key {
		key, name, err := Alike(bytesOf(t, pod))
		if err != nil || name != pod.Name {
			t.Fatalf("%q, %v", name, err)
		}
		return key
	}
	pod := func() *corev1.Pod {
		yes := true
		return &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "etl-exec-1", Namespace: "jobs", Labels: map[string]string{"spark-role": "executor", "spark-exec-id": "1", "spark-app-selector": "spark-1"},
				OwnerReferences: []metav1.OwnerReference{{Kind: "Pod", Name: "etl-driver", Controller: &yes}}},
			Spec: corev1.PodSpec{
				Volumes: []corev1.Volume{{Name: "kube-api-access-abc12"}, {Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "etl-exec-1-pvc-0"}}}},
				Containers: []corev1.Container{{Name: "spark-kubernetes-executor", VolumeMounts: []corev1.VolumeMount{{Name: "kube-api-access-abc12"}},
					Env: []corev1.EnvVar{{Name: "SPARK_EXECUTOR_ID", Value: "1"}, {Name: "SPARK_EXECUTOR_MEMORY", Value: "1"}}}}},
			Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: "10.0.0.1"}}
	}
	first := key(pod())
	same := pod()
	same.Name, same.GenerateName, same.UID, same.ResourceVersion, same.Generation = "etl-exec-2", "etl-", "u", "9", 3
	same.CreationTimestamp, same.DeletionTimestamp = metav1.NewTime(time.Unix(7, 0)), &metav1.Time{Time: time.Unix(8, 0)}
	same.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "spark"}}
	same.Labels["spark-exec-id"] = "2"
	same.Spec.NodeName, same.Spec.Hostname = "node-7", "etl-exec-2"
	same.Spec.Volumes[0].Name, same.Spec.Containers[0].VolumeMounts[0].Name = "kube-api-access-zz9zz", "kube-api-access-zz9zz"
	same.Spec.Volumes[1].PersistentVolumeClaim.ClaimName = "etl-exec-2-pvc-0"
	same.Spec.Containers[0].Env[0].Value = "22"
	same.Status.PodIP = "10.0.0.2"
	if key(same) != first {
		t.Error("pods of one template are not alike")
	}
	for name, change := range map[string]func(p *corev1.Pod){
		"namespace":   func(p *corev1.Pod) { p.Namespace = "other" },
		"application": func(p *corev1.Pod) { p.Labels["spark-app-selector"] = "spark-2" },
		"label":       func(p *corev1.Pod) { p.Labels["team"] = "a" },
		"annotation":  func(p *corev1.Pod) { p.Annotations = map[string]string{"a": "b"} },
		"owner":       func(p *corev1.Pod) { p.OwnerReferences[0].Name = "other" },
		"variable":    func(p *corev1.Pod) { p.Spec.Containers[0].Env[1].Value = "2" },
		"claim":       func(p *corev1.Pod) { p.Spec.Volumes[1].PersistentVolumeClaim.ClaimName = "etl-exec-1-pvc-1" },
		"volume":      func(p *corev1.Pod) { p.Spec.Volumes[0].Name = "kube-api-access-ABC12" },
		"phase":       func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed },
		"init": func(p *corev1.Pod) {
			p.Spec.InitContainers, p.Spec.Containers = p.Spec.Containers, nil
		},
	} {
		other := pod()
		change(other)
		if key(other) == first {
			t.Errorf("pods that differ in their %s are alike", name)
		}
	}
	// Whose a pod is tells its application, or its controller; else its name.
	for name, own := range map[string]func(p *corev1.Pod) bool{
		"both":        func(p *corev1.Pod) bool { return true },
		"application": func(p *corev1.Pod) bool { p.OwnerReferences[0].Controller = nil; return true },
		"controller":  func(p *corev1.Pod) bool { delete(p.Labels, "spark-app-selector"); return true },
		"nobody": func(p *corev1.Pod) bool {
			*p.OwnerReferences[0].Controller = false
			p.Labels["spark-app-selector"] = ""
			return false
		},
	} {
		a, b := pod(), pod()
		b.Name = "other"
		if alike := own(a) && own(b); (key(a) == key(b)) != alike {
			t.Errorf("%s: alike is %v", name, !alike)
		}
		own(b)
	}
}

// TestWhatIsNotKnownHereIsSeen: a field of a newer server, wherever it stands.
func TestWhatIsNotKnownHereIsSeen(t *testing.T) {
	shapes := &Shapes{}
	unknown := protowire.AppendString(protowire.AppendTag(nil, 999, protowire.BytesType), "new")
	for _, pod := range pods(t) {
		raw := bytesOf(t, &pod)
		if !shapes.Whole(podKind, raw) {
			t.Fatalf("%s: something is not known", pod.Name)
		}
		if shapes.Whole(podKind, append(raw, unknown...)) {
			t.Fatal("an unknown field of a pod is not seen")
		}
		spec := append(bytesOf(t, &pod.Spec), unknown...)
		if shapes.Whole(podKind, protowire.AppendBytes(protowire.AppendTag(nil, podSpec, protowire.BytesType), spec)) {
			t.Fatal("an unknown field of a specification is not seen")
		}
		container := append(bytesOf(t, &pod.Spec.Containers[0]), unknown...)
		spec = protowire.AppendBytes(protowire.AppendTag(nil, specContainers, protowire.BytesType), container)
		if shapes.Whole(podKind, protowire.AppendBytes(protowire.AppendTag(nil, podSpec, protowire.BytesType), spec)) {
			t.Fatal("an unknown field of a container is not seen")
		}
	}
}

// TestAPodLikeAnotherTakesFewAllocations: of ten thousand pods most are nothing but told to be alike.
func TestAPodLikeAnotherTakesFewAllocations(t *testing.T) {
	for _, pod := range pods(t) {
		pod.Spec.Containers[0].Env = append(pod.Spec.Containers[0].Env, make([]corev1.EnvVar, 60)...)
		raw := bytesOf(t, &pod)
		if n := testing.AllocsPerRun(20, func() { _, _, _ = Alike(raw) }); n > 40 {
			t.Errorf("%s: %v allocations, at most 40 are wanted", pod.Name, n)
		}
	}
}

func ExampleSplit() {
	_, _, err := Split([]byte("k8s\x00\x12\x7f"))
	fmt.Println(err)
	// Output: the protobuf is broken: unexpected EOF
}

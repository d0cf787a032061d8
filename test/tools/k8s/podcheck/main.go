// Command podcheck reads pods, one JSON document a line, and answers each with a line: what the API server's own validation
// holds against it once its defaults are set, or nothing.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"k8s.io/kubernetes/pkg/api/legacyscheme"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/apis/core/validation"
)

func main() {
	decoder := legacyscheme.Codecs.UniversalDecoder()
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriterSize(os.Stdout, 64<<10)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			break
		}
		verdict := ""
		object, _, err := decoder.Decode(line, nil, nil)
		pod, is := object.(*core.Pod)
		switch {
		case err != nil:
			verdict = err.Error()
		case !is:
			verdict = fmt.Sprintf("%T is no pod", object)
		default:
			o := podutil.GetValidationOptionsFromPodSpecAndMeta(&pod.Spec, nil, &pod.ObjectMeta, nil)
			if wrong := validation.ValidatePodCreate(pod, o); len(wrong) > 0 {
				verdict = wrong.ToAggregate().Error()
			}
		}
		fmt.Fprintln(out, strings.ReplaceAll(verdict, "\n", " "))
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
	out.Flush()
}

import java.io.*; import java.lang.reflect.*; import java.nio.file.*; import java.util.*;
import org.apache.spark.*;
/** Prints the memory of driver and executor pods that the real feature steps of a Spark distribution ask for. */
public class Mem {
  static Class<?> c(String n) throws Exception { return Class.forName(n); }
  static Object module(String n) throws Exception { return c(n+"$").getField("MODULE$").get(null); }
  static Object some(Object x) throws Exception { return c("scala.Option").getMethod("apply",Object.class).invoke(null,x); }
  static Object make(Class<?> k, Object... args) throws Exception {
    for (Constructor<?> ct: k.getConstructors()) { Class<?>[] p=ct.getParameterTypes(); if(p.length!=args.length) continue; boolean ok=true;
      for(int i=0;i<p.length;i++) if(args[i]!=null && !p[i].isPrimitive() && !p[i].isInstance(args[i])) ok=false; if(ok) return ct.newInstance(args);} throw new Exception("no ctor "+k); }
  static String mem(Object step) throws Exception {
    Object pod=c("org.apache.spark.deploy.k8s.SparkPod$").getMethod("initialPod").invoke(module("org.apache.spark.deploy.k8s.SparkPod"));
    Object out=step.getClass().getMethod("configurePod",c("org.apache.spark.deploy.k8s.SparkPod")).invoke(step,pod);
    io.fabric8.kubernetes.api.model.Container k=(io.fabric8.kubernetes.api.model.Container)out.getClass().getMethod("container").invoke(out);
    String r=k.getResources().getRequests().get("memory").toString(), l=k.getResources().getLimits().get("memory").toString();
    return r.equals(l)? r : r+"/"+l; }
  public static void main(String[] a) throws Exception {
    PrintStream o=new PrintStream(a[1],"UTF-8");
    for(String line: Files.readAllLines(Path.of(a[0]))){ if(line.isEmpty()) continue; String[] f=line.split(" "); String kind=f[0]; 
      String d,e;
      SparkConf conf=null;
      try { 
        conf=new SparkConf(false).set("spark.app.name","x").set("spark.master","k8s://https://h:1").set("spark.kubernetes.container.image","i").set("spark.driver.host","h").set("spark.kubernetes.executor.podNamePrefix","p").set("spark.kubernetes.executor.disableConfigMap","true").set("spark.app.id","id");
        for(int i=1;i<f.length;i++){ int q=f[i].indexOf('='); conf.set(f[i].substring(0,q),f[i].substring(q+1)); }
        Object res; String pk="org.apache.spark.deploy.k8s.submit.";
        if(kind.equals("python")) res=make(c(pk+"PythonMainAppResource"),"a.py"); else if(kind.equals("r")) res=make(c(pk+"RMainAppResource"),"a.R"); else res=make(c(pk+"JavaMainAppResource"),some("a.jar"));
        d="-";
        if(!kind.equals("client")){
        Object dc; Class<?> dk=c("org.apache.spark.deploy.k8s.KubernetesDriverConf");
        try{ dc=make(dk,conf,"id",res,"M",new String[0],some(null)); }catch(Exception x){ dc=make(dk,conf,"id",res,"M",new String[0],some(null),make(c("org.apache.spark.util.SystemClock"))); }
        Object step=make(c("org.apache.spark.deploy.k8s.features.BasicDriverFeatureStep"),dc);
        d=mem(step);
        Object props=step.getClass().getMethod("getAdditionalPodSystemProperties").invoke(step);
        Object fac=props.getClass().getMethod("get",Object.class).invoke(props,"spark.kubernetes.memoryOverheadFactor");
        if(fac.getClass().getName().contains("Some")) conf.set("spark.kubernetes.memoryOverheadFactor",(String)fac.getClass().getMethod("get").invoke(fac));
        conf.set("spark.kubernetes.resource.type",kind.equals("java")?"java":kind);
        }
      } catch(Throwable x){ d="error"; if(System.getenv("DBG")!=null) x.printStackTrace(); }
      try{
        Object rpm=module("org.apache.spark.resource.ResourceProfile");
        rpm.getClass().getMethod("clearDefaultProfile").invoke(rpm);
        Object rp=rpm.getClass().getMethod("getOrCreateDefaultProfile",SparkConf.class).invoke(rpm,conf);
        Object ec=make(c("org.apache.spark.deploy.k8s.KubernetesExecutorConf"),conf,"id","1",some(null),0);
        Object sm; try{ sm=make(c("org.apache.spark.SecurityManager"),conf,some(null),null); }catch(Exception x){ sm=make(c("org.apache.spark.SecurityManager"),conf,some(null)); }
        e=mem(make(c("org.apache.spark.deploy.k8s.features.BasicExecutorFeatureStep"),ec,sm,rp));
      } catch(Throwable x){ e="error"; if(System.getenv("DBG")!=null) x.printStackTrace(); }
      o.println(line+"\t"+d+"\t"+e); }
    o.close(); System.exit(0);
  }
}

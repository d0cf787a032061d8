import java.lang.reflect.*;
import org.apache.spark.*;
import org.apache.spark.memory.*;
/** Prints how the real memory manager parts the heap of this JVM: run it with the -Xmx, collector and settings to ask about. */
public class Regions {
  static Object call(Object of, String name) throws Exception {
    for (Class<?> k = of.getClass(); k != null; k = k.getSuperclass())
      for (Method m : k.getDeclaredMethods())
        if (m.getParameterCount() == 0 && m.getName().equals(name)) {
          m.setAccessible(true);
          return m.invoke(of);
        }
    throw new NoSuchMethodException(name);
  }
  static long get(Object of, String name) throws Exception { return ((Number) call(of, name)).longValue(); }
  /** The size that a storage pool has before anything runs: the region that execution cannot evict. */
  static long pool(Object manager, String name) throws Exception { return get(call(manager, name), "poolSize"); }
  public static void main(String[] a) throws Exception {
    int cores = Integer.parseInt(a[0]);
    SparkConf conf = new SparkConf(false);
    StringBuilder asked = new StringBuilder();
    for (int i = 1; i < a.length; i++) {
      int eq = a[i].indexOf('=');
      conf.set(a[i].substring(0, eq), a[i].substring(eq + 1));
      asked.append(i > 1 ? " " : "").append(a[i]);
    }
    long heap = Runtime.getRuntime().maxMemory();
    String row;
    try {
      UnifiedMemoryManager m = UnifiedMemoryManager.apply(conf, cores);
      row = get(m, "maxHeapMemory") + "\t" + pool(m, "onHeapStorageMemoryPool") + "\t" + get(m, "maxOffHeapMemory") + "\t" + pool(m, "offHeapStorageMemoryPool") + "\t" + get(m, "pageSizeBytes");
    } catch (IllegalArgumentException e) {
      row = "error\t" + e.getMessage().replaceAll("[\\t\\n]", " ");
    }
    System.out.println(org.apache.spark.package$.MODULE$.SPARK_VERSION() + "\t" + heap + "\t" + cores + "\t" + asked + "\t" + row);
  }
}

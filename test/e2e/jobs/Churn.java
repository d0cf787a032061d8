import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;

/** Keeps many small objects on the heap and makes more: the fuller the heap, the more of its time is garbage collection. */
public final class Churn {
  public static void main(String[] args) {
    int size = args.length > 0 ? Integer.parseInt(args[0]) : 500_000; // of each table
    int most = args.length > 1 ? Integer.parseInt(args[1]) : 100_000; // of a copy
    try (JavaSparkContext spark = new JavaSparkContext(new SparkConf())) {
      List<Integer> parts = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        parts.add(i);
      }
      JavaRDD<Map<Integer, String>> tables = spark.parallelize(parts, 8).map(seed -> table(seed, size)).persist(StorageLevel.MEMORY_ONLY());
      long sum = 0;
      for (int round = 0; round < 25; round++) {
        sum += tables.map(table -> copied(table, most)).reduce(Long::sum);
      }
      System.out.println("RESULT churn " + sum);
    }
  }

  private static Map<Integer, String> table(int seed, int size) {
    Map<Integer, String> all = new HashMap<>();
    for (int i = 0; i < size; i++) {
      all.put(i, "value " + (i ^ seed));
    }
    return all;
  }

  /** Copies a table, so that as many objects as it has live for a short while. */
  private static long copied(Map<Integer, String> table, int most) {
    long sum = 0;
    Map<String, Integer> turned = new HashMap<>();
    for (Map.Entry<Integer, String> e : table.entrySet()) {
      turned.put(e.getValue() + "!", e.getKey());
      if (turned.size() > most) {
        sum += turned.size();
        turned = new HashMap<>();
      }
    }
    return sum + turned.size();
  }
}

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;

/** Keeps many small objects on the heap and makes more: most of its time is garbage collection. */
public final class Churn {
  public static void main(String[] args) {
    try (JavaSparkContext spark = new JavaSparkContext(new SparkConf())) {
      List<Integer> parts = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        parts.add(i);
      }
      JavaRDD<Map<Integer, String>> tables = spark.parallelize(parts, 8).map(Churn::table).persist(StorageLevel.MEMORY_ONLY());
      long sum = 0;
      for (int round = 0; round < 25; round++) {
        sum += tables.map(Churn::copied).reduce(Long::sum);
      }
      System.out.println("RESULT churn " + sum);
    }
  }

  private static Map<Integer, String> table(int seed) {
    Map<Integer, String> all = new HashMap<>();
    for (int i = 0; i < 500_000; i++) {
      all.put(i, "value " + (i ^ seed));
    }
    return all;
  }

  /** Copies a table, so that as many objects as it has live for a short while. */
  private static long copied(Map<Integer, String> table) {
    long sum = 0;
    Map<String, Integer> turned = new HashMap<>();
    for (Map.Entry<Integer, String> e : table.entrySet()) {
      turned.put(e.getValue() + "!", e.getKey());
      if (turned.size() > 100_000) {
        sum += turned.size();
        turned = new HashMap<>();
      }
    }
    return sum + turned.size();
  }
}

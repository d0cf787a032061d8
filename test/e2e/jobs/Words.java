import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/** Counts words of a generated text, and sorts them: a job in a compiled class. */
public final class Words {
  public static void main(String[] args) {
    try (JavaSparkContext spark = new JavaSparkContext(new SparkConf())) {
      List<Integer> lines = new ArrayList<>();
      for (int i = 0; i < 20_000; i++) {
        lines.add(i);
      }
      List<Tuple2<Integer, String>> most =
          spark.parallelize(lines, 8)
              .flatMapToPair(Words::words)
              .reduceByKey(Integer::sum)
              .mapToPair(Tuple2::swap)
              .sortByKey(false)
              .take(3);
      System.out.println("RESULT words " + most);
    }
  }

  private static java.util.Iterator<Tuple2<String, Integer>> words(int line) {
    List<Tuple2<String, Integer>> all = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      // Word n stands in every line whose number is a multiple of it, so no two of the first words are counted alike.
      if (line % i == 0) {
        all.add(new Tuple2<>("word" + i, 1));
      }
    }
    return all.iterator();
  }
}

package dev.relevo.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * On a test class: gives it a house, as a static field with {@link RelevoExtension} does. Tests
 * take what they need as parameters: {@link RelevoHouse}, {@link dev.relevo.client.JobClient}, or a
 * {@code String} with {@link BootstrapServers}.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RelevoExtension.class)
public @interface RelevoTest {

  /** Whether it lives in one house with all other classes that want the same; see the extension. */
  boolean shared() default false;

  /** How many nodes there are. */
  int nodes() default 2;

  /** Settings that differ from a test's defaults, such as {@code dispatcher.deadline=5s}. */
  String[] settings() default {};
}

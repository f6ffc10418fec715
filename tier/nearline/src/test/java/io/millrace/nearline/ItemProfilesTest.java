// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.event.ItemFeatures;
import io.millrace.nearline.ItemChange.Kind;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class ItemProfilesTest {

  private static final Instant THEN = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant MONTH_LATER = THEN.plus(Duration.ofDays(ItemFeatures.USE_HALF_LIFE_DAYS));

  @Test
  void useIsKeptForEachTenantAndForAllTogether() {
    ItemFeatures features = new ItemFeatures("page", 0, 0, 0, Map.of(), 0, THEN);
    features = ItemProfiles.after(features, new ItemChange("page", Kind.CLICK, "", 1, "acme", THEN.toEpochMilli()));
    features = ItemProfiles.after(features, new ItemChange("page", Kind.CITED, "", 1, "", THEN.toEpochMilli()));
    features = ItemProfiles.after(features, new ItemChange("page", Kind.EXPOSURE, "", 1, "umbra", THEN.toEpochMilli()));
    features = ItemProfiles.after(features, new ItemChange("page", Kind.CLICK, "", 1, "acme", MONTH_LATER.toEpochMilli()));

    assertThat(features.useByTenant()).containsOnlyKeys("acme", "");
    assertThat(features.useByTenant().get("acme")).isCloseTo(1.5, within(1e-9));
    assertThat(features.useByTenant().get("")).isCloseTo(0.25, within(1e-9));
    assertThat(features.use()).isCloseTo(1.75, within(1e-9));
  }
}

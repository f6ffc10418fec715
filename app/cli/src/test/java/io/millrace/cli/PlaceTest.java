// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.settings.DomainPack;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class PlaceTest {

  @TempDir private Path project;

  @Test
  void limitsOfJavaDocsMemoryDoNotHoldForOtherDependencies() throws IOException {
    Path directory = Path.of("../../domains/java-docs");
    DomainPack pack = DomainPack.load(directory);
    MemoryBudget limits = pack.budgets().memory();
    // What its libraries are, and half as much again for what users put.
    assertThat(limits.documents()).isGreaterThan(5_659 * 3 / 2);
    assertThat(limits.megabytes()).isGreaterThan(135 * 3 / 2);

    Path pom = Files.writeString(project.resolve("pom.xml"), "<project/>");
    DomainPack.Budgets budgets = new Place(directory, pack, project).forProject(pom).pack().budgets();

    assertThat(budgets.memory()).isEqualTo(new MemoryBudget(0, 0, 0, null, limits.vectors()));
    assertThat(budgets.heldOutPercent()).isEqualTo(pack.budgets().heldOutPercent());
  }
}

# One image for every role: docker run relevo node, docker run relevo dispatcher, …
FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /src
ENV MAVEN_OPTS=-Dmaven.repo.local=/m2
COPY . .
RUN --mount=type=cache,target=/m2 mvn -B -ntp -q -DskipTests -pl launcher -am package

FROM eclipse-temurin:25-jre
RUN useradd --system --create-home relevo
COPY --from=build /src/launcher/target/lib /opt/relevo/lib
COPY --from=build /src/launcher/target/relevo.jar /opt/relevo/relevo.jar
USER relevo
WORKDIR /home/relevo
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", \
    "-XX:+UseCompactObjectHeaders", "-XX:+ExitOnOutOfMemoryError", "-XX:MaxRAMPercentage=75", \
    "-cp", "/opt/relevo/relevo.jar:/opt/relevo/plugins/*", "dev.relevo.launcher.Relevo"]
CMD ["--help"]

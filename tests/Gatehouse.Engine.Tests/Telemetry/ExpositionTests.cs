using Gatehouse.Engine.Telemetry;
using Gatehouse.Testing.Metrics;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Telemetry;

/// <summary>The format as written, and the reader that other tests stand on.</summary>
public sealed class ExpositionTests
{
    [Fact]
    public void What_is_written_reads_back_with_every_escape()
    {
        string page = new MetricsText()
            .Counter("a_total", "first \\ line\nsecond \"line\"")
            .Sample(long.MaxValue, ("x", "back\\slash"), ("y", "quote\" and\nline, {and} more"))
            .Sample(0, ("x", ""), ("y", "ü"))
            .Gauge("b", "none")
            .Gauge("c", "numbers")
            .Sample(0.1).ToString();

        Exposition read = Exposition.Parse(page);

        page.ShouldContain("# HELP a_total first \\\\ line\\nsecond \"line\"\n# TYPE a_total counter\n");
        page.ShouldContain("a_total{x=\"back\\\\slash\",y=\"quote\\\" and\\nline, {and} more\"} 9223372036854775807\n");
        read.Help["a_total"].ShouldBe("first \\ line\nsecond \"line\"");
        read["a_total{x=,y=ü}"].ShouldBe(0);
        read.Samples.ShouldContain("a_total{x=back\\slash,y=quote\" and\nline, {and} more}");
        read["c"].ShouldBe(0.1);
        read.Types["b"].ShouldBe("gauge");
    }

    [Theory]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(-1.5e-9, "-1.5E-09")]
    public void Numbers_are_written_as_the_format_has_them(double value, string text) =>
        new MetricsText().Gauge("g", "h").Sample(value).ToString().ShouldEndWith($"\ng {text}\n");

    [Fact]
    public void A_family_twice_or_a_name_that_is_none_is_a_bug()
    {
        Should.Throw<ArgumentException>(static () => new MetricsText().Gauge("a", "").Gauge("a", ""));
        Should.Throw<ArgumentException>(static () => new MetricsText().Gauge("1a", ""));
        Should.Throw<ArgumentException>(static () => new MetricsText().Gauge("a-b", ""));
        Should.Throw<ArgumentException>(static () => new MetricsText().Counter("a", ""));
        Should.Throw<ArgumentException>(static () => new MetricsText().Gauge("a", "").Sample(1, ("__x", "")));
    }

    [Theory]
    [InlineData("# HELP a x\n# TYPE a gauge\na 1")]
    [InlineData("a 1\n")]
    [InlineData("# TYPE a gauge\na 1\n")]
    [InlineData("# HELP a x\n# TYPE b gauge\n")]
    [InlineData("# HELP a x\n# TYPE a gauge\na 1\na 1\n")]
    [InlineData("# HELP a x\n# TYPE a gauge\na{b=\"1\"} 1\n# HELP c x\n# TYPE c gauge\na 1\n")]
    [InlineData("# HELP a x\n# TYPE a gauge\na{b=\"1\" 1\n")]
    [InlineData("# HELP a x\n# TYPE a gauge\na{b=\"1\",b=\"2\"} 1\n")]
    [InlineData("# HELP a x\n# TYPE a gauge\na{b=\"\\x\"} 1\n")]
    [InlineData("# HELP a x\n# TYPE a gauge\na one\n")]
    [InlineData("# HELP a x\n# TYPE a counter\na -1\n")]
    [InlineData("# HELP a x\n# TYPE a thing\na 1\n")]
    [InlineData("\n")]
    public void The_reader_takes_nothing_that_is_not_the_format(string page) =>
        Should.Throw<FormatException>(() => Exposition.Parse(page));
}

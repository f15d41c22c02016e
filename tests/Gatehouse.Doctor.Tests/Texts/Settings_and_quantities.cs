using Gatehouse.Doctor.Texts;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Texts;

/// <summary>Paths, trees, durations and sizes: what every rule asks for.</summary>
public class Settings_and_quantities
{
    [Theory]
    [InlineData("15s", 15_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("2m0s", 120_000)]
    [InlineData("500 ms", 500)]
    [InlineData("1.5 seconds", 1_500)]
    [InlineData("1d", 86_400_000)]
    [InlineData("2W", 1_209_600_000)]
    [InlineData("-5s", -5_000)]
    [InlineData("100us", 0.1)]
    [InlineData("0s", 0)]
    public void A_duration_is(string text, double milliseconds) => Quantity.Duration(text)!.Value.TotalMilliseconds.ShouldBe(milliseconds, 0.001);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("15")]
    [InlineData("s")]
    [InlineData("15x")]
    [InlineData("1h 30")]
    [InlineData("15s!")]
    [InlineData("1..5s")]
    [InlineData("99999999999999999999h")]
    public void No_duration_is(string? text) => Quantity.Duration(text).ShouldBeNull();

    [Fact]
    public void Infinity_is_the_longest_and_a_number_has_the_unit_that_is_given()
    {
        Quantity.Duration("infinity").ShouldBe(TimeSpan.MaxValue);
        Quantity.Duration("15", TimeSpan.FromSeconds(1)).ShouldBe(TimeSpan.FromSeconds(15));
        Quantity.Duration("15ms", TimeSpan.FromSeconds(1)).ShouldBe(TimeSpan.FromMilliseconds(15));
        Quantity.Duration("1h 30", TimeSpan.FromSeconds(1)).ShouldBeNull();
    }

    [Theory]
    [InlineData("64MB", 67_108_864)]
    [InlineData("1 GiB", 1_073_741_824)]
    [InlineData("100kb", 102_400)]
    [InlineData("4096", 4_096)]
    [InlineData("10k", 10_240)]
    [InlineData("1.5m", 1_572_864)]
    [InlineData("5b", 5)]
    [InlineData("7 bytes", 7)]
    [InlineData("10x", null)]
    [InlineData("MB", null)]
    [InlineData("10MBs", null)]
    [InlineData("-1", null)]
    [InlineData("99999999999999999999PB", null)]
    [InlineData("", null)]
    public void A_size_is(string text, int? bytes) => Quantity.Bytes(text).ShouldBe(bytes);

    [Fact]
    public void Ipfs_counts_in_thousands()
    {
        Quantity.Bytes("10GB", isDecimal: true).ShouldBe(10_000_000_000);
        Quantity.Bytes("10GiB", isDecimal: true).ShouldBe(10L << 30);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("a.b.c", "a|b|c")]
    [InlineData("a.\"b.c\".d", "a|b.c|d")]
    [InlineData("\"a\\\"b\"", "a\"b")]
    [InlineData("a..b", "a||b")]
    [InlineData("list.0", "list|0")]
    public void A_path_has_names(string text, string names)
    {
        SettingPath path = SettingPath.Parse(text);

        string.Join('|', path.Segments).ShouldBe(names);
        SettingPath.Parse(path.ToString()).ShouldBe(path);
        SettingPath.Of([.. path.Segments]).GetHashCode().ShouldBe(path.GetHashCode());
    }

    [Fact]
    public void Paths_lie_below_each_other()
    {
        SettingPath path = SettingPath.Parse("a.b.c");

        path.StartsWith(SettingPath.Parse("a.b")).ShouldBeTrue();
        path.StartsWith(path).ShouldBeTrue();
        path.StartsWith(SettingPath.Root).ShouldBeTrue();
        path.StartsWith(SettingPath.Parse("a.x")).ShouldBeFalse();
        SettingPath.Parse("a").StartsWith(path).ShouldBeFalse();
        path.Parent.ShouldBe(SettingPath.Of("a", "b"));
        path.Take(1).Add(SettingPath.Parse("x.y")).ToString().ShouldBe("a.x.y");
        SettingPath.Root.Parent.IsRoot.ShouldBeTrue();
        SettingPath.Of("a.b").Equals(SettingPath.Parse("a.b")).ShouldBeFalse();
    }

    [Fact]
    public void A_tree_is_asked_by_path_and_listed_in_order()
    {
        SettingTree tree = HoconOf("a { b = 1, c = [x, {d = true}], e {}, f = [] }\ng = null").Settings;

        tree.Leaves().Select(static s => s.Path.ToString()).ShouldBe(["a.b", "a.c.0", "a.c.1.d", "a.e", "a.f", "g"]);
        tree.Leaves("a.c").Count().ShouldBe(2);
        tree.Under("a").Select(static s => s.Name).ShouldBe(["b", "c", "e", "f"]);
        tree["a.c.1.d"].AsBoolean().ShouldBe(true);
        tree["a.c.x"].IsSet.ShouldBeFalse();
        tree["a.c.9"].IsSet.ShouldBeFalse();
        tree["a.b.c"].IsSet.ShouldBeFalse();
        tree["g"].Kind.ShouldBe(SettingKind.Null);
        SettingTree.Empty["a"].Kind.ShouldBe(SettingKind.Missing);
    }

    [Fact]
    public void A_scalar_is_read_as_what_is_asked_for()
    {
        SettingTree tree = HoconOf("a = \"5\"\nb = [x, 2]\nc = \"x, y,,z\"\nd = [{e = 1}]\nf = True\ng = 5s\nh = 1MB").Settings;

        tree["a"].AsInteger().ShouldBe(5);
        tree["b"].AsTexts()!.Value.ShouldBe(["x", "2"]);
        tree["a"].AsTexts()!.Value.ShouldBe(["5"]);
        tree["c"].AsCommaTexts()!.Value.ShouldBe(["x", "y", "z"]);
        tree["b"].AsCommaTexts()!.Value.ShouldBe(["x", "2"]);
        tree["d"].AsTexts().ShouldBeNull();
        tree["nothing"].AsTexts()!.Value.ShouldBeEmpty();
        tree["f"].AsBoolean().ShouldBe(true);
        tree["b"].AsBoolean().ShouldBeNull();
        tree["b"].AsInteger().ShouldBeNull();
        tree["g"].AsDuration().ShouldBe(TimeSpan.FromSeconds(5));
        tree["h"].AsBytes().ShouldBe(1 << 20);
    }

    [Fact]
    public void Nothing_that_is_printed_shows_a_value()
    {
        const string Secret = "hunter2";
        object[] printed =
        [
            HoconOf("a = " + Secret).Settings["a"], Literal.Text(Secret), Literal.Texts(Secret), Literal.Map((Secret, Literal.Word(Secret))),
            UnitOf($"[Service]\nEnvironment=A={Secret}\nExecStart=/x {Secret}\n").Entries[0],
            Doctor.Texts.Units.UnitSettings.Of(UnitOf($"[Service]\nExecStart=/x {Secret}\n")).Commands("ExecStart")[0],
            VmArgsOf("-setcookie " + Secret).Flags[0], VmArgsOf("-setcookie " + Secret).Flags[0].Values[0], Environment(("A", Secret)).All[0],
        ];

        foreach (object one in printed)
        {
            one.ToString()!.ShouldNotContain(Secret, Case.Sensitive, one.GetType().Name);
        }
    }
}

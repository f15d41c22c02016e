using System.Diagnostics;
using System.Globalization;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Tests.Texts;
using Gatehouse.Fuzz;
using Gatehouse.Fuzz.Targets.Doctor;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests;

/// <summary>
/// Whole hosts whose files were damaged by chance: doctors find what they find, and nothing breaks. The same seed every time; GATEHOUSE_MUTATIONS says
/// how many.
/// </summary>
public class Damaged_hosts
{
    private static readonly int Count = int.TryParse(Environment.GetEnvironmentVariable("GATEHOUSE_MUTATIONS"), CultureInfo.InvariantCulture, out int count) ? count / 10 : 400;

    [Fact]
    public void They_are_looked_at_all_the_same()
    {
        string root = Path.Combine(AppContext.BaseDirectory, "Fixtures");
        string[] folders = [.. Directory.GetDirectories(root, "rules-*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(root, f)).Order(StringComparer.Ordinal)];
        folders.Length.ShouldBeGreaterThan(45);
        var mutator = new Mutator(13, new TextsFuzz().Dictionary, longest: 64 * 1024);
        int found = 0;
        for (int i = 0; i < Count; i++)
        {
            string folder = folders[mutator.Next(folders.Length)];
            FakeHost host = new FakeHost().Load(folder);
            string damaged = Damage(host, folder, mutator);
            long start = Stopwatch.GetTimestamp();
            Finding[] findings = [.. AllDoctors.All.SelectMany(doctor => doctor.Examine(host, ExaminationRequest.WholeHost)).SelectMany(static s => s.Findings)];

            findings.Where(static f => f.Text.Contains("please report it", StringComparison.Ordinal)).Select(f => $"{i} {damaged}: {f.Check} {f.Text}").ShouldBeEmpty();
            Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(10), $"{i} {damaged}");
            found += findings.Length;
        }

        found.ShouldBeGreaterThan(Count, "there was something to find");
    }

    private static string Damage(FakeHost host, string folder, Mutator mutator)
    {
        string[] files = [.. Fixture.Names.Where(name => name.StartsWith(folder + "/", StringComparison.Ordinal))];
        if (files.Length == 0)
        {
            return $"{folder} (whole)";
        }

        string name = files[mutator.Next(files.Length)];
        string path = name[folder.Length..];
        byte[] other = Fixture.Bytes(Fixture.Names[mutator.Next(Fixture.Names.Count)]);
        int mode = host.Look(path)?.Status.Mode ?? 0;
        host.File(path, mutator.Mutate(Fixture.Bytes(name), other), Convert.ToString(mode == 0 ? 0x1A4 : mode, 8));
        return name;
    }
}

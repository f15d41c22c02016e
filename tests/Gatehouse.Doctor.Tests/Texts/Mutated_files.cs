using System.Diagnostics;
using System.Globalization;
using Gatehouse.Doctor.Texts;
using Gatehouse.Fuzz;
using Gatehouse.Fuzz.Targets.Doctor;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Texts;

/// <summary>
/// Files that were damaged by chance are read or refused, and nothing else happens. The same seed every time; GATEHOUSE_MUTATIONS=100000 looks at more
/// of them.
/// </summary>
public class Mutated_files
{
    private static readonly int Count = int.TryParse(Environment.GetEnvironmentVariable("GATEHOUSE_MUTATIONS"), CultureInfo.InvariantCulture, out int count) ? count : 4000;

    [Fact]
    public void Damaged_fixtures_are_read_or_refused_in_time()
    {
        var mutator = new Mutator(11, new TextsFuzz().Dictionary, longest: 64 * 1024);
        (string Name, byte[] Bytes)[] all = [.. Fixture.Names.Select(static n => (n, Fixture.Bytes(n)))];
        int read = 0;
        for (int i = 0; i < Count; i++)
        {
            (string name, byte[] bytes) = all[mutator.Next(all.Length)];
            byte[] damaged = mutator.Mutate(bytes, all[mutator.Next(all.Length)].Bytes);
            long start = Stopwatch.GetTimestamp();
            read += IsRead(name, damaged) ? 1 : 0;
            Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(30), $"{name}, number {i}");
        }

        read.ShouldBeInRange(Count / 10, Count - (Count / 10), "both happen");
    }

    [Fact]
    public void Damaged_corpus_files_hold_all_promises()
    {
        var target = new TextsFuzz();
        var mutator = new Mutator(12, target.Dictionary);
        byte[][] corpus = [.. FuzzRun.Corpus(Path.Combine(Root(), "fuzz", "corpus"), target.Name)];
        corpus.Length.ShouldBeGreaterThan(12);
        for (int i = 0; i < Count; i++)
        {
            byte[] input = corpus[mutator.Next(corpus.Length)];
            byte[] damaged = mutator.Mutate(input, corpus[mutator.Next(corpus.Length)]);
            damaged = [input[0], .. damaged.Skip(1)];
            target.Run(damaged);
        }
    }

    private static bool IsRead(string name, byte[] damaged)
    {
        try
        {
            ConfigDocument document = Fixture.Read(name, damaged);
            document.ToBytes().ShouldBe(damaged, name);
            return true;
        }
        catch (ProblemException refused)
        {
            refused.Problem.Id.ShouldBeOneOf("GH8101", "GH8102", "GH8103", "GH8104");
            refused.Problem.Location.ShouldNotBeNull();
            refused.Problem.ToString().Any(char.IsControl).ShouldBeFalse();
            return false;
        }
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Gatehouse.slnx")))
        {
            folder = folder.Parent;
        }

        return folder.ShouldNotBeNull().FullName;
    }
}

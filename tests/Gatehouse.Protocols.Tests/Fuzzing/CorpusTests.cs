using Gatehouse.Fuzz;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Fuzzing;

public sealed class CorpusTests
{
    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(static t => t.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Corpus_and_every_cut_of_it_hold_all_promises(string name)
    {
        IFuzzTarget target = FuzzTargets.All.Single(t => t.Name == name);
        string[] files = Directory.GetFiles(Path.Combine(Root(), "fuzz", "corpus", name));
        files.ShouldNotBeEmpty();
        foreach (string file in files)
        {
            byte[] bytes = File.ReadAllBytes(file);
            target.Run(bytes);
            for (int cut = 0; cut < bytes.Length; cut += 1 + (bytes.Length / 64))
            {
                target.Run(bytes.AsSpan(0, cut));
                target.Run(bytes.AsSpan(cut));
            }
        }
    }

    [Fact]
    public void Every_corpus_folder_has_a_target()
    {
        string[] folders = [.. Directory.GetDirectories(Path.Combine(Root(), "fuzz", "corpus")).Select(static f => Path.GetFileName(f))];
        folders.ShouldBe(FuzzTargets.All.Select(static t => t.Name), ignoreOrder: true);
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

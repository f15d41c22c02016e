using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Shouldly;
using Xunit;

namespace Gatehouse.Architecture.Tests;

/// <summary>What no file of the project may hold: things left for later, secrets, and traces of one desk.</summary>
public class TrackedFileTests
{
    /// <summary>Written in two halves, so that this file does not hold what it looks for.</summary>
    private static readonly Regex[] Forbidden =
    [
        Word("TO" + "DO"), Word("FIX" + "ME"), Word("XX" + "X"), Word("NotImplemented" + "Exception"),
        new("/tm" + "p/wt/", RegexOptions.None, TimeSpan.FromSeconds(5)), new("/wo" + "rk/(main|shared|\\.library)", RegexOptions.None, TimeSpan.FromSeconds(5)),
        new("(?i)\\b(clau" + "de|anthro" + "pic|chat" + "gpt|copi" + "lot|lang" + "uage model)\\b", RegexOptions.None, TimeSpan.FromSeconds(5)),
        new("(?i)co-auth" + "ored-by", RegexOptions.None, TimeSpan.FromSeconds(5)),
        new("(?i)\\bissue" + " #?\\d", RegexOptions.None, TimeSpan.FromSeconds(5)),
        new("-----BEGIN [A-Z ]*PRIV" + "ATE KEY-----\\s*\\n[A-Za-z0-9+/=]{40}", RegexOptions.None, TimeSpan.FromSeconds(5)),
    ];

    [Fact]
    public void No_file_holds_what_must_not_be_there()
    {
        var found = new List<string>();
        foreach (string file in Repository.TrackedFiles().Where(IsText))
        {
            string text = Repository.Read(file);
            found.AddRange(Forbidden.Select(f => f.Match(text)).Where(static m => m.Success)
                .Select(m => $"{file}:{text[..m.Index].Count(static c => c == '\n') + 1} {m.Value.Split('\n')[0]}"));
        }

        found.ShouldBeEmpty();
    }

    [Fact]
    public void Links_in_documents_lead_somewhere()
    {
        var broken = new List<string>();
        foreach (string file in Repository.TrackedFiles().Where(static f => f.EndsWith(".md", StringComparison.Ordinal)))
        {
            foreach (Match link in Regex.Matches(Repository.Read(file), @"\]\((?<to>[^)#:\s]+)(#[^)]*)?\)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)))
            {
                string target = Path.GetFullPath(link.Groups["to"].Value, Path.GetDirectoryName(Path.Combine(Repository.Root, file))!);
                if (!File.Exists(target) && !Directory.Exists(target))
                {
                    broken.Add($"{file}: {link.Groups["to"].Value}");
                }
            }
        }

        broken.ShouldBeEmpty();
    }

    [Fact]
    public void Tests_named_in_the_threats_exist()
    {
        HashSet<string> tests = [.. Source.All.Where(static s => s.Path.StartsWith("tests/", StringComparison.Ordinal))
            .SelectMany(static s => s.Root.DescendantNodes().OfType<MethodDeclarationSyntax>()).Select(static m => m.Identifier.Text)];
        string[] named = [.. Regex.Matches(Repository.Read("docs/threats.md"), "`(?<name>[A-Z][A-Za-z0-9]*(_[A-Za-z0-9]+)+)`", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5))
            .Select(static m => m.Groups["name"].Value)];

        named.Length.ShouldBeGreaterThan(50);
        named.Except(tests).ShouldBeEmpty();
    }

    private static Regex Word(string word) => new($"\\b{word}\\b", RegexOptions.None, TimeSpan.FromSeconds(5));

    private static bool IsText(string path) =>
        Path.GetExtension(path) is ".cs" or ".md" or ".txt" or ".sh" or ".props" or ".csproj" or ".slnx" or ".yaml" or ".yml" or ".json" or ".catalogue"
            or ".globalconfig" or ".editorconfig" or ".cnf" or "";
}

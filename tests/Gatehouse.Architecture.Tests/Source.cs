using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Gatehouse.Architecture.Tests;

/// <summary>One parsed source file.</summary>
internal sealed class Source
{
    private static readonly Lazy<IReadOnlyList<Source>> Parsed = new(static () => [.. Repository.Sources.AsParallel().AsOrdered().Select(static p => new Source(p))]);

    private Source(string path)
    {
        Path = path;
        Text = Repository.Read(path);
        Root = CSharpSyntaxTree.ParseText(Text, new CSharpParseOptions(LanguageVersion.Preview)).GetCompilationUnitRoot();
    }

    public static IReadOnlyList<Source> All => Parsed.Value;

    public static IEnumerable<Source> Product => All.Where(static s => s.Path.StartsWith("src/", StringComparison.Ordinal));

    public string Path { get; }

    public string Text { get; }

    public CompilationUnitSyntax Root { get; }

    /// <summary>The namespace that the folder asks for: the project's name and the folders below it.</summary>
    public string Namespace => string.Join('.', Path.Split('/')[1..^1]);

    public int Line(SyntaxNode node) => node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
}

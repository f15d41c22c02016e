using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Shouldly;
using Xunit;

namespace Gatehouse.Architecture.Tests;

/// <summary>Rules about the text of the sources.</summary>
public class SourceTests
{
    private static readonly string[] VagueWords = ["Manager", "Helper", "Helpers", "Utils", "Util", "Utilities", "Common", "Core", "Shared"];

    private static readonly string[] BannedClocks =
        ["DateTime.Now", "DateTime.UtcNow", "DateTime.Today", "DateTimeOffset.Now", "DateTimeOffset.UtcNow", "Guid.NewGuid", "Random.Shared"];

    [Fact]
    public void Namespace_equals_folder()
    {
        var wrong = new List<string>();
        foreach (Source source in Source.All)
        {
            BaseNamespaceDeclarationSyntax? declared = source.Root.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().FirstOrDefault();
            bool isEntry = declared is null && source.Root.Members.All(static m => m is GlobalStatementSyntax or BaseTypeDeclarationSyntax) && source.Path.EndsWith("/Program.cs");
            if (!isEntry && source.Root.Members.Count > 0 && declared?.Name.ToString() != source.Namespace)
            {
                wrong.Add($"{source.Path}: namespace {declared?.Name}, folder {source.Namespace}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    /// <summary>As <c>dotnet format</c> has it: those of System first, static ones and aliases last.</summary>
    [Fact]
    public void Using_directives_are_in_order()
    {
        IEnumerable<string> wrong = Source.All.Where(static source =>
        {
            string[] keys = [.. source.Root.Usings.Select(static u => (u.Alias is not null ? "2" : u.StaticKeyword.IsKind(SyntaxKind.StaticKeyword) ? "1" : "0") + Name(u))];
            return !keys.SequenceEqual(keys.Order(StringComparer.OrdinalIgnoreCase), StringComparer.Ordinal);
        }).Select(static source => source.Path);

        wrong.ShouldBeEmpty();

        static string Name(UsingDirectiveSyntax directive)
        {
            string name = directive.Alias?.Name.ToString() ?? directive.NamespaceOrType.ToString();
            return directive.Alias is null && (name == "System" || name.StartsWith("System.", StringComparison.Ordinal)) ? "0" + name : "1" + name;
        }
    }

    [Fact]
    public void Nothing_has_a_vague_name()
    {
        IEnumerable<string> types = Source.All.SelectMany(static s => s.Root.DescendantNodes().OfType<BaseTypeDeclarationSyntax>().Select(t => (s.Path, Name: t.Identifier.Text)))
            .Where(static t => VagueWords.Any(w => t.Name.EndsWith(w, StringComparison.Ordinal)))
            .Select(static t => $"{t.Path}: {t.Name}");
        IEnumerable<string> folders = Source.All.Where(static s => s.Path.Split('/')[..^1].Any(VagueWords.Contains)).Select(static s => s.Path);

        types.Concat(folders).ShouldBeEmpty();
    }

    [Fact]
    public void A_catch_says_what_it_catches_or_why_it_is_silent()
    {
        var wrong = new List<string>();
        foreach (Source source in Source.Product)
        {
            foreach (CatchClauseSyntax clause in source.Root.DescendantNodes().OfType<CatchClauseSyntax>())
            {
                bool catchesAll = clause.Declaration is null or { Type: IdentifierNameSyntax { Identifier.Text: "Exception" } } && clause.Filter is null;
                bool saysWhy = clause.DescendantTrivia().Any(static t => t.IsKind(SyntaxKind.SingleLineCommentTrivia) || t.IsKind(SyntaxKind.MultiLineCommentTrivia));
                if ((catchesAll && !saysWhy && !Rethrows(clause)) || (clause.Block.Statements.Count == 0 && !saysWhy))
                {
                    wrong.Add($"{source.Path}:{source.Line(clause)}");
                }
            }
        }

        wrong.ShouldBeEmpty("an empty catch, or one of everything, needs a comment");
    }

    [Fact]
    public void Time_and_chance_have_one_source()
    {
        var wrong = Source.Product.SelectMany(static s => s.Root.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
            .Where(static m => BannedClocks.Contains(m.ToString().Replace("System.", "", StringComparison.Ordinal)))
            .Select(m => $"{s.Path}:{s.Line(m)} {m}"));

        wrong.ShouldBeEmpty("time comes from TimeProvider, randomness from RandomNumberGenerator");
    }

    [Fact]
    public void Nothing_is_left_for_later()
    {
        var stubs = Source.Product.SelectMany(static s => s.Root.DescendantNodes().OfType<ObjectCreationExpressionSyntax>()
            .Where(static o => o.Type.ToString() == "NotImplemented" + "Exception" || (o.Type.ToString() is "NotSupportedException" && o.ArgumentList?.Arguments.Count == 0
                && !IsOverrideOfStream(o)))
            .Select(o => $"{s.Path}:{s.Line(o)} {o}"));

        stubs.ShouldBeEmpty();
    }

    private static bool Rethrows(CatchClauseSyntax clause) =>
        clause.Block.DescendantNodes().Any(static n => n is ThrowStatementSyntax or ThrowExpressionSyntax);

    /// <summary>A stream that cannot seek says so in the platform's own way.</summary>
    private static bool IsOverrideOfStream(SyntaxNode node) =>
        node.Ancestors().OfType<MemberDeclarationSyntax>().First().Modifiers.Any(SyntaxKind.OverrideKeyword);
}

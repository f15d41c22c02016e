using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Shouldly;
using Xunit;

namespace Gatehouse.Architecture.Tests;

/// <summary>Budgets of files, methods, constructors and folders. The list of exceptions may only shrink.</summary>
public class BudgetTests
{
    private const string ExceptionsFile = "docs/architecture/budget-exceptions.txt";
    private const int FileLines = 400;
    private const int MethodLines = 60;
    private const int ConstructorParameters = 8;
    private const int FolderFiles = 25;

    [Fact]
    public void Everything_is_within_its_budget_or_excepted_with_a_reason()
    {
        Dictionary<string, string> excepted = Exceptions();
        Dictionary<string, string> over = Over().ToDictionary(static o => o.Key, static o => o.Value);

        over.Where(o => !excepted.ContainsKey(o.Key)).Select(static o => $"{o.Key} has {o.Value}").Order(StringComparer.Ordinal)
            .ShouldBeEmpty($"split it, or give the reason in {ExceptionsFile}");
        excepted.Keys.Except(over.Keys).ShouldBeEmpty($"is within its budget now: remove it from {ExceptionsFile}");
        excepted.Where(static e => e.Value.Length < 20).Select(static e => e.Key).ShouldBeEmpty("an exception has a reason");
    }

    private static IEnumerable<KeyValuePair<string, string>> Over()
    {
        foreach (Source source in Source.All)
        {
            int lines = source.Text.TrimEnd('\n').Count(static c => c == '\n') + 1;
            if (lines > FileLines)
            {
                yield return KeyValuePair.Create($"file {source.Path}", $"{lines} lines, {FileLines} are allowed");
            }

            foreach (KeyValuePair<string, string> member in source.Root.DescendantNodes().SelectMany(n => Member(source, n)))
            {
                yield return member;
            }
        }

        foreach (IGrouping<string, Source> folder in Source.All.GroupBy(static s => s.Path[..s.Path.LastIndexOf('/')]).Where(static g => g.Count() > FolderFiles))
        {
            yield return KeyValuePair.Create($"folder {folder.Key}", $"{folder.Count()} files, {FolderFiles} are allowed");
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Member(Source source, SyntaxNode node)
    {
        if (node is BaseMethodDeclarationSyntax { Body: not null } or BaseMethodDeclarationSyntax { ExpressionBody: not null })
        {
            var method = (BaseMethodDeclarationSyntax)node;
            string name = method is MethodDeclarationSyntax named ? named.Identifier.Text : "new";
            FileLinePositionSpan span = method.SyntaxTree.GetLineSpan(Microsoft.CodeAnalysis.Text.TextSpan.FromBounds(method.ParameterList.SpanStart, method.Span.End));
            int lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
            if (lines > MethodLines)
            {
                yield return KeyValuePair.Create($"method {source.Path}:{Owner(node)}.{name}/{method.ParameterList.Parameters.Count}", $"{lines} lines, {MethodLines} are allowed");
            }
        }

        ParameterListSyntax? parameters = node switch
        {
            ConstructorDeclarationSyntax constructor => constructor.ParameterList,
            ClassDeclarationSyntax type => type.ParameterList,
            StructDeclarationSyntax type => type.ParameterList,
            RecordDeclarationSyntax type => type.ParameterList,
            _ => null,
        };
        if (parameters?.Parameters.Count > ConstructorParameters)
        {
            string owner = node is TypeDeclarationSyntax type ? type.Identifier.Text : Owner(node);
            yield return KeyValuePair.Create($"constructor {source.Path}:{owner}", $"{parameters.Parameters.Count} parameters, {ConstructorParameters} are allowed");
        }
    }

    private static string Owner(SyntaxNode node) => node.Ancestors().OfType<BaseTypeDeclarationSyntax>().First().Identifier.Text;

    private static Dictionary<string, string> Exceptions() =>
        Repository.Read(ExceptionsFile).Split('\n').Where(static l => l.Length > 0 && l[0] != '#')
            .Select(static l => l.Split(" | ", 2))
            .ToDictionary(static p => p[0].Trim(), static p => p.Length > 1 ? p[1].Trim() : "", StringComparer.Ordinal);
}

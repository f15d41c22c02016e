using System.Xml.Linq;
using Mono.Cecil;
using Shouldly;
using Xunit;

namespace Gatehouse.Architecture.Tests;

/// <summary>The walls between projects: few references, few packages, each of them seen in review.</summary>
public class ProjectGraphTests
{
    /// <summary>Who may see whom; a golden file may be rewritten in haste, this table may not.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Gatehouse"] = [],
        ["Gatehouse.Protocols"] = ["Gatehouse"],
        ["Gatehouse.Trust"] = ["Gatehouse"],
        ["Gatehouse.Doctor"] = ["Gatehouse", "Gatehouse.Protocols", "Gatehouse.Trust"],
        ["Gatehouse.Console"] = ["Gatehouse"],
        ["Gatehouse.Engine"] = ["Gatehouse", "Gatehouse.Protocols", "Gatehouse.Trust"],
        ["Gatehouse.App"] = ["Gatehouse", "Gatehouse.Protocols", "Gatehouse.Trust", "Gatehouse.Engine", "Gatehouse.Doctor", "Gatehouse.Console"],
    };

    [Fact]
    public void Projects_and_packages_are_the_written_ones() => Golden.Compare("projects.txt", Lines());

    [Fact]
    public void Projects_see_only_whom_they_may()
    {
        foreach (AssemblyDefinition assembly in Repository.Assemblies)
        {
            string name = assembly.Name.Name;
            IEnumerable<string> seen = References($"src/{name}/{name}.csproj", "ProjectReference").Select(Path.GetFileNameWithoutExtension)!;
            seen.Except(Allowed[name]).ShouldBeEmpty(name);
            assembly.MainModule.AssemblyReferences.Select(static r => r.Name)
                .Where(static r => r.StartsWith("Gatehouse", StringComparison.Ordinal))
                .Except(Allowed[name]).ShouldBeEmpty(name);
        }
    }

    [Theory]
    [InlineData("Gatehouse")]
    [InlineData("Gatehouse.Protocols")]
    [InlineData("Gatehouse.Trust")]
    public void The_pure_projects_need_nothing_but_the_platform(string name)
    {
        References($"src/{name}/{name}.csproj", "PackageReference").ShouldBeEmpty();
        References($"src/{name}/{name}.csproj", "FrameworkReference").ShouldBeEmpty();
        Repository.Assemblies.Single(a => a.Name.Name == name).MainModule.AssemblyReferences.Select(static r => r.Name)
            .ShouldAllBe(static r => r == "Gatehouse" || r.StartsWith("System.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Gatehouse", "System.IO.File", "System.IO.FileStream", "System.Net.Sockets.Socket", "System.Diagnostics.Process", "System.TimeProvider")]
    [InlineData("Gatehouse.Protocols", "System.IO.File", "System.IO.FileStream", "System.Net.Sockets.Socket", "System.Diagnostics.Process", "System.TimeProvider")]
    public void The_model_and_the_parsers_do_no_input_or_output(string name, params string[] types)
    {
        HashSet<string> used = [.. Repository.Assemblies.Single(a => a.Name.Name == name).MainModule.GetTypeReferences().Select(static t => t.FullName)];
        used.Intersect(types).ShouldBeEmpty(name);
    }

    [Fact]
    public void Only_tests_see_the_inside_of_an_assembly()
    {
        foreach (string file in Repository.ProjectFiles.Where(static f => f.StartsWith("src/", StringComparison.Ordinal)))
        {
            References(file, "InternalsVisibleTo").ShouldAllBe(
                static n => n.EndsWith(".Tests") || n == "Gatehouse.Bench" || n == "Gatehouse.Fuzz" || n == "Gatehouse.Subject",
                file);
        }
    }

    /// <summary>The engine's inside is the application's too where a project file says so; no other pair.</summary>
    private static IEnumerable<string> References(string file, string element) =>
        XDocument.Parse(Repository.Read(file)).Descendants(element)
            .Select(static e => ((string?)e.Attribute("Include") ?? "").Replace('\\', '/'))
            .Where(static n => n.Length > 0)
            .Where(n => !(element == "InternalsVisibleTo" && file.EndsWith("Gatehouse.Engine.csproj") && n == "Gatehouse.App"));

    private static IEnumerable<string> Lines()
    {
        yield return "# Projects: what they reference (->), frameworks (=), packages (+). Rewritten by ./test.sh --update-golden.";
        foreach (string file in Repository.ProjectFiles)
        {
            yield return Path.GetFileNameWithoutExtension(file);
            (string Element, string Sign)[] kinds = [("ProjectReference", "->"), ("FrameworkReference", "="), ("PackageReference", "+")];
            foreach ((string element, string sign) in kinds)
            {
                IEnumerable<string> names = References(file, element).Select(n => element == "ProjectReference" ? Path.GetFileNameWithoutExtension(n) : n);
                foreach (string name in names.Order(StringComparer.Ordinal))
                {
                    yield return $"  {sign} {name}";
                }
            }
        }

        yield return "Versions";
        foreach (XElement package in XDocument.Parse(Repository.Read("Directory.Packages.props")).Descendants("PackageVersion"))
        {
            yield return $"  {(string?)package.Attribute("Include")} {(string?)package.Attribute("Version")}";
        }
    }
}

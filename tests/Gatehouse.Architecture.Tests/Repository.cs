using System.Diagnostics;
using Mono.Cecil;

namespace Gatehouse.Architecture.Tests;

/// <summary>The checkout that these tests look at, and the assemblies built from it.</summary>
internal static class Repository
{
    private static readonly Lazy<IReadOnlyList<AssemblyDefinition>> Loaded = new(Load);

    public static string Root { get; } = FindRoot();

    /// <summary>Names of the product's projects.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        [.. Directory.GetDirectories(Path.Combine(Root, "src")).Where(HasProject).Select(static d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    /// <summary>Every project file, by path from the root.</summary>
    public static IReadOnlyList<string> ProjectFiles { get; } =
        [.. new[] { "src", "tests", "fuzz", "bench" }
            .SelectMany(static folder => Directory.GetFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Select(Relative).Order(StringComparer.Ordinal)];

    /// <summary>Every C# file that people wrote, by path from the root.</summary>
    public static IReadOnlyList<string> Sources { get; } =
        [.. new[] { "src", "tests", "fuzz", "bench" }
            .SelectMany(static folder => Directory.GetFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
            .Select(Relative)
            .Where(static p => !p.Split('/').Any(static part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal)];

    /// <summary>The product's assemblies as built beside these tests.</summary>
    public static IReadOnlyList<AssemblyDefinition> Assemblies => Loaded.Value;

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    /// <summary>Files under version control; without git, every file that is not build output.</summary>
    public static IReadOnlyList<string> TrackedFiles()
    {
        var start = new ProcessStartInfo("git", ["-C", Root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process git = Process.Start(start)!;
            string output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            if (git.ExitCode == 0)
            {
                return [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(static p => File.Exists(Path.Combine(Root, p)))];
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No git here: look at the files themselves.
        }

        return [.. Directory.GetFiles(Root, "*", SearchOption.AllDirectories).Select(Relative)
            .Where(static p => !p.Split('/').Any(static part => part is "bin" or "obj" or "artifacts" or ".git"))];
    }

    private static bool HasProject(string folder) => Directory.GetFiles(folder, "*.csproj").Length > 0;

    private static IReadOnlyList<AssemblyDefinition> Load()
    {
        var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(AppContext.BaseDirectory);
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location));
        var parameters = new ReaderParameters { AssemblyResolver = resolver, InMemory = true };
        return [.. Projects.Select(p => AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, p + ".dll"), parameters))];
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Gatehouse.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("these tests run inside the checkout");
    }
}

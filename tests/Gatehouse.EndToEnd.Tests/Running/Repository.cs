namespace Gatehouse.EndToEnd.Tests.Running;

/// <summary>Where things are.</summary>
internal static class Repository
{
    /// <summary>The checkout's root.</summary>
    public static string Root { get; } = Find();

    /// <summary>The launcher a user runs.</summary>
    public static string Launcher => Path.Combine(Root, "gatehouse");

    /// <summary>A file of a program that test.sh unpacked for the tests.</summary>
    public static string Tool(string path) => Path.Combine(Root, "artifacts", "tools", path);

    private static string Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Gatehouse.slnx")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException("the tests run outside a checkout");
    }
}

namespace Gatehouse.Doctor.Texts.Yaml;

/// <summary>What a system makes of YAML.</summary>
public sealed record YamlOptions
{
    /// <summary>Elasticsearch, OpenSearch, Kibana, Logstash, Beats: dots in names are objects, and <c>${NAME}</c> stands for a variable.</summary>
    public static YamlOptions Dotted { get; } = new() { SplitsDots = true, HasPlaceholders = true };

    /// <summary>Dots in names are letters, and <c>${NAME}</c> is text: the security plugin's files.</summary>
    public static YamlOptions Plain { get; } = new();

    /// <summary>Whether <c>a.b: 1</c> is the same as <c>b: 1</c> inside of <c>a</c>.</summary>
    public bool SplitsDots { get; init; }

    /// <summary>Whether <c>${NAME}</c> and <c>${NAME:default}</c> stand for variables.</summary>
    public bool HasPlaceholders { get; init; }

    /// <summary>Compose files: <c>${NAME}</c> and its many forms stand for variables.</summary>
    internal static YamlOptions Compose { get; } = new() { IsCompose = true };

    internal bool IsCompose { get; init; }
}

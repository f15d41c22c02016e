using System.Collections.Immutable;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Configuration.Writing;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Hosting.Joining;

/// <summary>gatehouse.yaml of a node that joins: a file that is there gets the node's name and the store, one that is not is decided on as at a first start.</summary>
/// <param name="path">The file.</param>
/// <param name="dataDirectory">The data folder.</param>
internal sealed class JoinConfiguration(string path, string dataDirectory)
{
    /// <summary>The file as it can be read; null: there is none.</summary>
    public NodeConfiguration? Written { get; private set; }

    /// <summary>Looks whether a node of this name can be written into it.</summary>
    /// <exception cref="ProblemException">GH3216, or what is wrong with the file.</exception>
    public void Look(string node)
    {
        if (!File.Exists(path))
        {
            return;
        }

        ConfigurationResult read = ConfigurationCheck.File(path, dataDirectory);
        Written = read.Value ?? read.Draft ?? throw new ProblemException(read.Problems[0]);
        if (Written.Node is { } name && name != node)
        {
            throw EnrolmentProblems.ConfigurationInTheWay.Exception($"`{path}` names node `{name}`, the token is for `{node}`", "take the line away, or make a token for that name");
        }
    }

    /// <summary>The text with node and store in it.</summary>
    /// <exception cref="ProblemException">GH3216, or what would be wrong with it.</exception>
    public string Text(string node, StoreConfiguration store, NodeConfiguration firstStart)
    {
        string section = StoreText.Block(store);
        if (Written is null)
        {
            return ConfigurationWriter.Write(firstStart with { Node = node, Store = new StoreConfiguration() }).TrimEnd() + "\n\n# Made by gatehouse join: where the cluster keeps its state.\n" + section;
        }

        string text = File.ReadAllText(path);
        if (text.Contains(section, StringComparison.Ordinal))
        {
            return text;
        }

        if (text.Split('\n').Any(static line => line.StartsWith("store:", StringComparison.Ordinal)))
        {
            throw EnrolmentProblems.ConfigurationInTheWay.Exception($"`{path}` has a `store` already", "take it out of the file: gatehouse join writes the one of the cluster");
        }

        string name = Written.Node is null ? $"node: {node}\n" : "";
        return text.TrimEnd() + $"\n\n# Made by gatehouse join: who this node is, and where the cluster keeps its state.\n{name}{section}";
    }

    /// <summary>Writes it; the file that was there, for undoing it.</summary>
    /// <exception cref="ProblemException">The file cannot be written.</exception>
    public string? Write(string text)
    {
        string? before = File.Exists(path) ? File.ReadAllText(path) : null;
        if (before != text)
        {
            ConfigurationWriter.Replace(path, text);
        }

        return before;
    }

    /// <summary>What the text would be refused for, once the data folder is there.</summary>
    public ImmutableArray<Problem> Problems(string text) => ConfigurationCheck.Text(text, path, dataDirectory).Problems;
}
